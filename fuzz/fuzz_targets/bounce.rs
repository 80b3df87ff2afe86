//! Returned mails, which anybody can send: whatever it is, there are verdicts or none.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| for mail in bounce::mailbox(data) {
    let _ = (bounce::read(mail), bounce::addressed_to(mail));
});
