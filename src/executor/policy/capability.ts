/** Capabilities of Linux up to 5.9, the last that added one; without `CAP_`. */
const capabilities: ReadonlySet<string> = new Set(
  `AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID
  IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW
  PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO
  SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM`.split(/\s+/),
);

/** Upper case without `CAP_`, as the daemon reads it. */
export function toCapability(name: string): string {
  return name.trim().toUpperCase().replace(/^CAP_/, "");
}

/** Whether there is such a capability; `ALL` counts as one. */
export function isCapability(name: string): boolean {
  return name === "ALL" || capabilities.has(name);
}
