/// Downloads by the program curl, which knows proxies, certificates and redirections.
///
/// Foundation's own networking would make this program four times as large, and its static form
/// cannot be linked without the development files of further libraries.
struct Download {
  var address: String
  var file: String

  /// Downloads to the file, whole or not at all; calls `progress` now and then with the bytes so
  /// far.
  func run(progress: (Int) -> Void) throws {
    let partial = file + ".part"
    defer { _ = unlink(partial) }
    let errors = file + ".error"
    defer { _ = unlink(errors) }

    let status = try Self.runCurl(
      [
        "--silent", "--show-error", "--fail", "--location", "--proto", "=https",
        "--connect-timeout", "20", "--speed-limit", "1", "--speed-time", "60",
        "--stderr", errors, "--output", partial, address,
      ]
    ) {
      progress(Self.size(of: partial))
    }
    guard status == 0 else {
      throw CommandFailure("cannot download \(address): \(Self.reason(in: errors, status: status))")
    }
    guard rename(partial, file) == 0 else {
      throw CommandFailure("cannot write \(file): \(String(cString: strerror(errno)))")
    }
  }

  /// Runs curl to its end and returns its exit status.
  private static func runCurl(_ arguments: [String], tick: () -> Void) throws -> Int32 {
    var words = (["curl"] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    guard posix_spawnp(&process, "curl", nil, nil, &words, environ) == 0 else {
      throw CommandFailure("cannot run the program curl", hint: "install curl")
    }
    var status: Int32 = 0
    while waitpid(process, &status, WNOHANG) == 0 {
      tick()
      usleep(100_000)
    }
    return (status & 0x7F) == 0 ? (status >> 8) & 0xFF : -1
  }

  private static func size(of path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  /// The last thing that curl said, without its own name.
  private static func reason(in path: String, status: Int32) -> String {
    let text = (try? readFile(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    guard let last = text.split(separator: "\n").last else {
      return "curl ended with status \(status)"
    }
    return last.hasPrefix("curl: ") ? String(last.dropFirst(6)) : String(last)
  }
}
