//! Why a message was not sent, in words that hold no personal data.

use std::fmt;

/// Where in the conversation it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Connecting.
    Connect,
    /// The server's first line.
    Greeting,
    /// EHLO or HELO.
    Hello,
    /// AUTH.
    Auth,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// DATA, before its content.
    Data,
    /// The content, before the final dot.
    Content,
    /// The final dot was written.
    Dot,
}

impl Step {
    const fn word(self) -> &'static str {
        match self {
            Step::Connect => "connect",
            Step::Greeting => "greeting",
            Step::Hello => "hello",
            Step::Auth => "auth",
            Step::Mail => "mail",
            Step::Rcpt => "rcpt",
            Step::Data => "data",
            Step::Content => "content",
            Step::Dot => "dot",
        }
    }
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The server refused with this code and enhanced code (RFC 3463).
    Refused(u16, Option<(u8, u16, u16)>),
    /// The connection ended or could not be made.
    Lost,
    /// No answer in time.
    TimeOut,
    /// An answer that is not SMTP, or not one that fits.
    Garbled,
    /// The message is larger than the server or we take.
    TooLarge,
    /// We stopped ourselves: told to stop, or the outbox could not be written.
    Halted,
}

/// Where and what. Its text is safe for logs and the outbox: numbers and fixed words only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Where in the conversation.
    pub step: Step,
    /// What happened there.
    pub what: What,
}

impl Fault {
    /// Whether it says something of the server or the line to it, and nothing of the message: it was gone, silent,
    /// about to close (421), or we stopped ourselves.
    pub fn is_of_the_server(self) -> bool {
        matches!(self.what, What::Lost | What::TimeOut | What::Halted | What::Refused(421, _))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "smtp {}: ", self.step.word())?;
        match self.what {
            What::Refused(code, None) => write!(f, "refused with {code}"),
            What::Refused(code, Some((a, b, c))) => write!(f, "refused with {code} {a}.{b}.{c}"),
            What::Lost => f.write_str("connection lost"),
            What::TimeOut => f.write_str("no answer in time"),
            What::Garbled => f.write_str("answer not understood"),
            What::TooLarge => f.write_str("message too large"),
            What::Halted => f.write_str("stopped by ourselves"),
        }
    }
}

/// What became of a message that was not answered with a yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSent {
    /// The server does not have it; trying again is safe and may help.
    Later(Fault),
    /// The server does not have it, and refuses for good.
    Never(Fault),
    /// The final dot was written and no answer came: the server may have it. Never send again by itself.
    Unknown(Fault),
}

impl NotSent {
    /// Where and what.
    pub fn fault(self) -> Fault {
        match self {
            NotSent::Later(fault) | NotSent::Never(fault) | NotSent::Unknown(fault) => fault,
        }
    }

    /// Whether the connection was already over when the message was to be offered.
    pub fn before_mail(self) -> bool {
        let Fault { step, what } = self.fault();
        step == Step::Mail && matches!(what, What::Lost | What::Refused(421, _))
    }

    /// What a failure at `step` means.
    ///
    /// A 5xx before MAIL is about this shop or that server (no service, wrong password), not about the message: it is
    /// tried later, when somebody has put it right. So are 530 and 535, which say "sign in" wherever they come.
    pub(super) fn of(step: Step, what: What) -> NotSent {
        let fault = Fault { step, what };
        match what {
            What::Refused(530 | 535, _) => NotSent::Later(fault),
            What::Refused(500..=599, _) if step >= Step::Mail => NotSent::Never(fault),
            What::Refused(..) => NotSent::Later(fault),
            What::TooLarge => NotSent::Never(fault),
            _ if step == Step::Dot => NotSent::Unknown(fault),
            _ => NotSent::Later(fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_moment_after_the_dot_is_unknown() {
        for what in [What::Lost, What::TimeOut, What::Garbled] {
            assert!(matches!(NotSent::of(Step::Content, what), NotSent::Later(_)));
            assert!(matches!(NotSent::of(Step::Dot, what), NotSent::Unknown(_)));
        }
        assert!(matches!(NotSent::of(Step::Dot, What::Refused(451, None)), NotSent::Later(_)));
        assert!(matches!(NotSent::of(Step::Dot, What::Refused(554, None)), NotSent::Never(_)));
        assert!(matches!(NotSent::of(Step::Rcpt, What::Refused(550, None)), NotSent::Never(_)));
        assert!(matches!(NotSent::of(Step::Greeting, What::Refused(554, None)), NotSent::Later(_)));
        assert!(matches!(NotSent::of(Step::Mail, What::Refused(530, None)), NotSent::Later(_)));
    }

    #[test]
    fn says_numbers_only() {
        let fault = Fault { step: Step::Rcpt, what: What::Refused(550, Some((5, 1, 1))) };
        assert_eq!(fault.to_string(), "smtp rcpt: refused with 550 5.1.1");
    }
}
