/** Architectures that there is a program for, by the daemon's names. */
export type InfraArchitecture = "amd64" | "arm64";

interface Machine {
  /** `e_machine` of its ELF files. */
  number: number;
  code: readonly number[];
}

/** What SIG_IGN is to rt_sigaction: handler 1, and no flags, restorer or mask. */
const ignoring = [1, ...new Array<number>(31).fill(0)];

/**
 * `rt_sigaction(SIGCHLD, ignoring)`, and then to sleep for ever. Where tasks share the process namespace this program is
 * its first process, and inherits every process whose parent has died: by ignoring SIGCHLD it leaves none a zombie. It takes
 * no other signal, as first processes do unless they ask for one: the image's stop signal is SIGKILL.
 */
const machines: Readonly<Record<InfraArchitecture, Machine>> = {
  amd64: {
    number: 62,
    code: [
      // mov eax, 13 (rt_sigaction); mov edi, 17 (SIGCHLD)
      ...[0xb8, 0x0d, 0x00, 0x00, 0x00, 0xbf, 0x11, 0x00, 0x00, 0x00],
      // lea rsi, [rip + 19]; xor edx, edx
      ...[0x48, 0x8d, 0x35, 0x13, 0x00, 0x00, 0x00, 0x31, 0xd2],
      // mov r10d, 8; syscall
      ...[0x41, 0xba, 0x08, 0x00, 0x00, 0x00, 0x0f, 0x05],
      // mov eax, 34 (pause); syscall; jmp to the mov
      ...[0xb8, 0x22, 0x00, 0x00, 0x00, 0x0f, 0x05, 0xeb, 0xf7],
      ...ignoring,
    ],
  },
  arm64: {
    number: 183,
    code: [
      // mov x8, 134 (rt_sigaction); mov x0, 17 (SIGCHLD); adr x1, +48
      ...[0xc8, 0x10, 0x80, 0xd2, 0x20, 0x02, 0x80, 0xd2, 0x81, 0x01, 0x00, 0x10],
      // mov x2, 0; mov x3, 8; svc 0
      ...[0x02, 0x00, 0x80, 0xd2, 0x03, 0x01, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4],
      // mov x0, 0; mov x1, 0; mov x2, 0; mov x3, 0 (nothing to wait for, for ever)
      ...[0x00, 0x00, 0x80, 0xd2, 0x01, 0x00, 0x80, 0xd2, 0x02, 0x00, 0x80, 0xd2, 0x03, 0x00, 0x80, 0xd2],
      // mov x8, 73 (ppoll); svc 0; b to the first of the four
      ...[0x28, 0x09, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4, 0xfa, 0xff, 0xff, 0x17],
      // udf, for the alignment of what follows
      ...[0x00, 0x00, 0x00, 0x00],
      ...ignoring,
    ],
  },
};

const headerBytes = 64;
const segmentBytes = 56;
const loadAddress = 0x40_0000;

/** Whether there is a program for the daemon's architecture. */
export function isInfraArchitecture(name: string): name is InfraArchitecture {
  return Object.hasOwn(machines, name);
}

/** The whole program: a static ELF file of some 200 bytes. */
export function createInfraProgram(architecture: InfraArchitecture): Uint8Array {
  const { number, code } = machines[architecture];
  const start = headerBytes + segmentBytes;
  const bytes = new Uint8Array(start + code.length);
  const view = new DataView(bytes.buffer);
  // Magic, 64 bits, little-endian, version 1.
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, number, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(loadAddress + start), true); // entry
  view.setBigUint64(32, BigInt(headerBytes), true); // of the segments
  view.setUint16(52, headerBytes, true);
  view.setUint16(54, segmentBytes, true);
  view.setUint16(56, 1, true);
  view.setUint32(headerBytes, 1, true); // PT_LOAD
  view.setUint32(headerBytes + 4, 5, true); // readable, executable
  view.setBigUint64(headerBytes + 16, BigInt(loadAddress), true);
  view.setBigUint64(headerBytes + 24, BigInt(loadAddress), true);
  view.setBigUint64(headerBytes + 32, BigInt(bytes.length), true);
  view.setBigUint64(headerBytes + 40, BigInt(bytes.length), true);
  view.setBigUint64(headerBytes + 48, 0x1000n, true);
  bytes.set(code, start);
  return bytes;
}
