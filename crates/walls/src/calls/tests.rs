//! The filters, judged as the kernel judges them.

use super::*;
use libc::*;

const PID: u64 = 4_242;
const NOWHERE: [u64; 6] = [0; 6];

/// What the kernel does with a call.
#[derive(Debug, PartialEq)]
enum Verdict {
    Allowed,
    Fails(i32),
    Killed,
}

/// Runs the filters over a call, as Linux runs classic BPF over `struct seccomp_data`, and takes the strictest word.
fn judge(walls: &Walls, call: c_long, args: [u64; 6]) -> Verdict {
    let mut data = Vec::new();
    data.extend((call as u32).to_ne_bytes());
    data.extend(AUDIT_ARCH.to_ne_bytes());
    data.extend(0u64.to_ne_bytes());
    args.iter().for_each(|a| data.extend(a.to_ne_bytes()));
    let word = |at: u32| u32::from_ne_bytes(data[at as usize..at as usize + 4].try_into().unwrap());
    let words = programs(walls, PID as u32).unwrap().into_iter().map(|program| {
        let (mut at, mut a) = (0, 0u32);
        loop {
            let op = &program[at];
            at += 1;
            let jump = |yes: bool| usize::from(if yes { op.jt } else { op.jf });
            match op.code {
                0x20 => a = word(op.k),
                0x54 => a &= op.k,
                0x05 => at += op.k as usize,
                0x15 => at += jump(a == op.k),
                0x25 => at += jump(a > op.k),
                0x35 => at += jump(a >= op.k),
                0x45 => at += jump(a & op.k != 0),
                0x06 => break op.k,
                code => panic!("an instruction that is not known here: {code:#x}"),
            }
        }
    });
    // The kernel compares the actions as signed numbers: killing the process is the smallest.
    match words.min_by_key(|word| (word & 0xffff_0000) as i32).unwrap() {
        0x7fff_0000 => Verdict::Allowed,
        word if word & 0xffff_0000 == 0x0005_0000 => Verdict::Fails((word & 0xffff) as i32),
        word => {
            assert_eq!(word, 0x8000_0000);
            Verdict::Killed
        }
    }
}

#[cfg(target_arch = "x86_64")]
const AUDIT_ARCH: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const AUDIT_ARCH: u32 = 0xc000_00b7;

fn all() -> [Walls; 3] {
    let vault = Walls { unlisted: Unlisted::Refused, ..Walls::default() };
    let till = Walls { connects: vec![443], ..vault.clone() };
    let post = Walls { resolves: true, ..till.clone() };
    [vault, till, post]
}

#[test]
fn what_is_listed_passes_and_nothing_else() {
    for walls in all() {
        let kill = Walls { unlisted: Unlisted::Ends, ..walls.clone() };
        for call in 0..1_024 {
            let allowed = listed::ALLOWED.into_iter().flatten().any(|c| *c == call);
            let ever = [SYS_clone, SYS_clone3, SYS_prlimit64, SYS_socket, SYS_socketpair, SYS_tgkill]
                .contains(&call);
            if ever {
                continue;
            }
            let (soft, hard) = (judge(&walls, call, NOWHERE), judge(&kill, call, NOWHERE));
            match (allowed, listed::NEVER.contains(&call)) {
                (true, false) => {
                    assert_eq!((soft, hard), (Verdict::Allowed, Verdict::Allowed), "call {call}")
                }
                (false, true) => assert_eq!((soft, hard), (Verdict::Killed, Verdict::Killed), "call {call}"),
                (false, false) => {
                    assert_eq!((soft, hard), (Verdict::Fails(EPERM), Verdict::Killed), "call {call}")
                }
                (true, true) => panic!("call {call} is on both lists"),
            }
        }
    }
}

#[test]
fn threads_pass_and_processes_do_not() {
    for walls in all() {
        let clone = |flags: i32| judge(&walls, SYS_clone, [flags as u64, 0, 0, 0, 0, 0]);
        assert_eq!(clone(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD), Verdict::Allowed);
        assert_eq!(clone(SIGCHLD), Verdict::Fails(EPERM), "fork");
        assert_eq!(clone(CLONE_VM | CLONE_VFORK | SIGCHLD), Verdict::Fails(EPERM), "vfork");
        assert_eq!(clone(CLONE_NEWUSER | SIGCHLD), Verdict::Fails(EPERM), "a namespace");
        assert_eq!(judge(&walls, SYS_clone3, NOWHERE), Verdict::Fails(ENOSYS));
        assert_eq!(judge(&walls, SYS_tgkill, [PID, 7, 6, 0, 0, 0]), Verdict::Allowed);
        assert_eq!(judge(&walls, SYS_tgkill, [1, 1, 6, 0, 0, 0]), Verdict::Fails(EPERM));
        assert_eq!(judge(&walls, SYS_prlimit64, [1, 0, 0, 0, 0, 0]), Verdict::Fails(EPERM));
        assert_eq!(judge(&walls, SYS_prctl, [PR_SET_DUMPABLE as u64, 1, 0, 0, 0, 0]), Verdict::Fails(EPERM));
        assert_eq!(judge(&walls, SYS_prctl, [PR_SET_NAME as u64, 1, 0, 0, 0, 0]), Verdict::Allowed);
        assert_eq!(judge(&walls, SYS_ioctl, [0, TIOCSTI, 0, 0, 0, 0]), Verdict::Fails(EPERM));
    }
}

#[test]
fn memory_never_becomes_code() {
    for walls in all() {
        for call in [SYS_mmap, SYS_mprotect] {
            for prot in 0..8u64 {
                let verdict = judge(&walls, call, [0, 4096, prot, 0, 0, 0]);
                let exec = prot & PROT_EXEC as u64 != 0;
                assert_eq!(
                    verdict,
                    if exec { Verdict::Fails(EPERM) } else { Verdict::Allowed },
                    "{call} {prot}"
                );
            }
        }
    }
}

#[test]
fn each_gets_its_kinds_of_sockets() {
    let [vault, till, post] = all();
    let flags = SOCK_CLOEXEC as u64 | SOCK_NONBLOCK as u64;
    for family in 0..64u64 {
        for kind in 0..16u64 {
            for protocol in [0, 1, 6, 17, 132, 262] {
                let unix = family == AF_UNIX as u64;
                let internet = [AF_INET as u64, AF_INET6 as u64].contains(&family);
                let tcp = kind == SOCK_STREAM as u64 && [0, 6].contains(&protocol);
                let names = [1, 2].contains(&kind) && [0, 6, 17].contains(&protocol);
                for (walls, allowed) in
                    [(&vault, unix), (&till, unix || internet && tcp), (&post, unix || internet && names)]
                {
                    let verdict = judge(walls, SYS_socket, [family, kind | flags, protocol, 0, 0, 0]);
                    let wanted = if allowed { Verdict::Allowed } else { Verdict::Fails(EPERM) };
                    assert_eq!(verdict, wanted, "{family} {kind} {protocol}");
                }
            }
        }
        let pair = judge(&till, SYS_socketpair, [family, 1, 0, 0, 0, 0]);
        assert_eq!(pair == Verdict::Allowed, family == AF_UNIX as u64, "{family}");
    }
    for (call, args) in [
        (SYS_sendto, [3, 0, 0, MSG_FASTOPEN as u64, 0, 0]),
        (SYS_sendmsg, [3, 0, MSG_FASTOPEN as u64, 0, 0, 0]),
        (SYS_sendmmsg, [3, 0, 1, (MSG_FASTOPEN | MSG_NOSIGNAL) as u64, 0, 0]),
    ] {
        assert_eq!(judge(&till, call, args), Verdict::Fails(EPERM), "connecting by sending");
    }
    assert_eq!(judge(&till, SYS_sendto, [3, 0, 0, MSG_NOSIGNAL as u64, 0, 0]), Verdict::Allowed);
}

#[test]
fn another_kind_of_call_ends_the_process() {
    let [vault, ..] = all();
    // The 32-bit calls of x32 bear a bit of their own and so are on no list.
    assert_eq!(judge(&vault, SYS_read | 0x4000_0000, NOWHERE), Verdict::Fails(EPERM));
}
