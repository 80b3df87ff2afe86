//! The words for outcomes and reasons.

use std::fmt;

/// What became of a mail for one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was handed over, or read.
    Arrived,
    /// It will not be delivered: whoever reports has given up.
    Failed,
    /// It is still being tried. Another report may follow.
    Delayed,
    /// A machine answered for the recipient: away, or a receipt of a mail. Says nothing of the delivery but that it worked.
    AutoReply,
    /// The recipient called it unwanted.
    Complaint,
}

impl Outcome {
    /// The word in reports and settings.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Arrived => "arrived",
            Outcome::Failed => "failed",
            Outcome::Delayed => "delayed",
            Outcome::AutoReply => "auto-reply",
            Outcome::Complaint => "complaint",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $reason:ident = $name:literal,)+) => {
        /// Why. A small vocabulary; what several servers say in many words is one of it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason {
            $($(#[doc = $doc])+ $reason,)+
        }

        impl Reason {
            /// All of them.
            pub const ALL: &[Reason] = &[$(Reason::$reason),+];

            /// The word in reports.
            pub fn name(self) -> &'static str {
                match self { $(Reason::$reason => $name,)+ }
            }
        }
    };
}

reasons! {
    /// There is no such mailbox.
    UserUnknown = "user-unknown",
    /// There is no such domain, or no way to it.
    HostUnknown = "host-unknown",
    /// The domain takes no mail at all (RFC 7505), or never from outside.
    NoMail = "no-mail",
    /// The recipient is elsewhere now.
    Moved = "moved",
    /// The mailbox is full, or over its quota.
    MailboxFull = "mailbox-full",
    /// The mailbox is disabled, suspended, locked or unused for long.
    Suspended = "suspended",
    /// The recipient's own settings refuse it, as those of Japanese carriers do.
    Filtered = "filtered",
    /// The sender's address or domain was refused.
    SenderRefused = "sender-refused",
    /// SPF, DKIM or DMARC did not pass.
    Authentication = "authentication",
    /// The sending host was refused: listed, of bad repute, without a name in DNS.
    Blocked = "blocked",
    /// Too many mails or connections in a while.
    RateLimited = "rate-limited",
    /// Taken for unsolicited mail.
    Spam = "spam",
    /// Taken for malicious software.
    Virus = "virus",
    /// A policy of the receiving side.
    Policy = "policy",
    /// Access, relaying or a missing sign-in.
    Security = "security",
    /// The form of the mail: header, encoding, attachments.
    Content = "content",
    /// Larger than is taken.
    TooBig = "too-big",
    /// It was tried for too long.
    Expired = "expired",
    /// No connection, a lost one, or a loop.
    Network = "network",
    /// A fault of the receiving system.
    System = "system",
    /// A program to which the mailbox hands its mail failed.
    Program = "program",
    /// The two servers did not understand each other.
    Protocol = "protocol",
    /// It was delivered.
    Delivered = "delivered",
    /// Somebody complained.
    Feedback = "feedback",
    /// Somebody is away, or a machine said thanks.
    Vacation = "vacation",
    /// The report does not say why.
    Unclear = "unclear",
}

impl Reason {
    /// Whether the address itself is at fault, so that no mail to it will ever arrive ("hard bounce").
    pub fn is_of_address(self) -> bool {
        matches!(self, Reason::UserUnknown | Reason::HostUnknown | Reason::NoMail | Reason::Moved)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An enhanced status code (RFC 3463): class, subject, detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status(pub u8, pub u16, pub u16);

impl Status {
    /// Whether subject and detail say anything.
    pub(crate) fn is_specific(self) -> bool {
        (self.1, self.2) != (0, 0)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}
