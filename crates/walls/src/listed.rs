//! The system calls by name.
//!
//! [`ALLOWED`] is what the house's processes were seen to ask for, under all its tests, and what the libraries below
//! them fall back on: the standard library, tokio, the C library, SQLite and redb. [`NEVER`] is what none of them
//! could ask for unless somebody else's code runs in it.

use libc::*;

/// Files and folders: reading, writing, locking, syncing. Which files is Landlock's business.
const FILES: &[c_long] = &[
    SYS_openat, SYS_close, SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_preadv,
    SYS_pwritev, SYS_preadv2, SYS_pwritev2, SYS_lseek, SYS_fsync, SYS_fdatasync, SYS_sync_file_range, SYS_ftruncate,
    SYS_truncate, SYS_fallocate, SYS_fadvise64, SYS_fstat, SYS_newfstatat, SYS_statx, SYS_statfs, SYS_fstatfs,
    SYS_faccessat, SYS_faccessat2, SYS_mkdirat, SYS_unlinkat, SYS_renameat, SYS_renameat2, SYS_fchmod, SYS_fchmodat,
    SYS_fchown, SYS_fchownat, SYS_readlinkat, SYS_getdents64, SYS_getcwd, SYS_utimensat, SYS_flock, SYS_fcntl,
    SYS_ioctl, SYS_dup, SYS_dup3, SYS_pipe2, SYS_copy_file_range, SYS_sendfile, SYS_splice, SYS_umask,
];

/// Memory; making any of it executable is refused by arguments.
const MEMORY: &[c_long] = &[
    SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_brk, SYS_mlock, SYS_mlock2, SYS_munlock,
    SYS_mincore, SYS_membarrier,
];

/// Threads, signals to itself, and questions about itself.
const SELF: &[c_long] = &[
    SYS_clone, SYS_clone3, SYS_exit, SYS_exit_group, SYS_futex, SYS_set_robust_list, SYS_get_robust_list, SYS_rseq,
    SYS_set_tid_address, SYS_sched_yield, SYS_sched_getaffinity, SYS_gettid, SYS_getpid, SYS_getppid, SYS_getpgid,
    SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getresuid, SYS_getresgid, SYS_getgroups, SYS_tgkill,
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_restart_syscall, SYS_prctl,
    SYS_prlimit64, SYS_getrlimit, SYS_getrusage, SYS_uname, SYS_sysinfo, SYS_getrandom, SYS_getcpu, SYS_capget,
];

/// Time and waiting.
const WAITING: &[c_long] = &[
    SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday, SYS_epoll_create1,
    SYS_epoll_ctl, SYS_epoll_pwait, SYS_epoll_pwait2, SYS_eventfd2, SYS_ppoll, SYS_pselect6, SYS_timerfd_create,
    SYS_timerfd_settime, SYS_timerfd_gettime,
];

/// Sockets; which kinds is decided by arguments, which ports by Landlock.
const SOCKETS: &[c_long] = &[
    SYS_socket, SYS_socketpair, SYS_bind, SYS_listen, SYS_accept, SYS_accept4, SYS_connect, SYS_getsockname,
    SYS_getpeername, SYS_getsockopt, SYS_setsockopt, SYS_sendto, SYS_recvfrom, SYS_sendmsg, SYS_recvmsg, SYS_sendmmsg,
    SYS_recvmmsg, SYS_shutdown,
];

/// The older names of calls above, which only this processor has; libraries still use some.
#[cfg(target_arch = "x86_64")]
const OLDER: &[c_long] = &[
    SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_mkdir, SYS_rmdir, SYS_unlink, SYS_rename, SYS_readlink, SYS_chmod,
    SYS_chown, SYS_utime, SYS_utimes, SYS_dup2, SYS_pipe, SYS_poll, SYS_select, SYS_epoll_wait, SYS_epoll_create,
    SYS_eventfd, SYS_time, SYS_getpgrp, SYS_arch_prctl,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[c_long] = &[];

/// Everything that a process of the house may ask for.
pub(crate) const ALLOWED: [&[c_long]; 6] = [FILES, MEMORY, SELF, WAITING, SOCKETS, OLDER];

/// What ends the process at once: starting a program, looking into another process, changing what the machine is.
pub(crate) const NEVER: &[c_long] = &[
    SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_pidfd_getfd,
    SYS_mount, SYS_umount2, SYS_move_mount, SYS_open_tree, SYS_fsopen, SYS_fsconfig, SYS_fsmount, SYS_mount_setattr,
    SYS_pivot_root, SYS_chroot, SYS_setns, SYS_unshare, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd,
    SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_add_key, SYS_request_key, SYS_keyctl,
    SYS_kexec_load, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_reboot, SYS_swapon, SYS_swapoff,
    SYS_open_by_handle_at, SYS_acct, SYS_quotactl, SYS_memfd_create, SYS_settimeofday, SYS_clock_settime,
    SYS_sethostname, SYS_setdomainname,
];
