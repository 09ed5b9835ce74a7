/// How much processor time a server's backend has used, by the kernel's own account of it.
///
/// `/proc/PID/schedstat` counts nanoseconds, where `/proc/PID/stat` has hundredths of a second; see
/// the kernel's Documentation/scheduler/sched-stats.rst. It is there for a server on this machine
/// only.
struct BackendCPU: Sendable {
  private let path: String

  /// Finds the process; nil where there is none of that number here, or where it is no server.
  init?(pid: Int32) {
    path = "/proc/\(pid)/schedstat"
    // A server elsewhere may have a backend whose number is here that of some other program.
    guard let command = start(of: "/proc/\(pid)/cmdline"), command.contains("postgres"),
      seconds != nil
    else { return nil }
  }

  /// Seconds on a processor since the backend started; nil once it has ended.
  var seconds: Double? {
    start(of: path)?.split(separator: " ").first.flatMap { Double($0) }.map { $0 * 1e-9 }
  }
}

/// The first bytes of a file whose size the kernel does not tell.
private func start(of path: String) -> String? {
  let file = open(path, O_RDONLY)
  guard file >= 0 else { return nil }
  defer { close(file) }
  let bytes = [UInt8](unsafeUninitializedCapacity: 256) { buffer, count in
    count = max(0, read(file, buffer.baseAddress, buffer.count))
  }
  return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
}
