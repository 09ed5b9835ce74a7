/// What the standard output and error are connected to.
enum Terminal {
  static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
  static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// The columns of the terminal on the standard output; nil where it is none.
  static var outputWidth: Int? { width(of: STDOUT_FILENO) }

  /// The columns of the terminal on the standard error; nil where it is none.
  static var errorWidth: Int? { width(of: STDERR_FILENO) }

  private static func width(of descriptor: Int32) -> Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Writes to the standard error as it is, without a line's end.
  static func writeError(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
      guard written > 0 else { return }
      bytes = bytes.dropFirst(written)
    }
  }

  /// How to mark text on the standard output: not at all unless it is a terminal that shows
  /// colours.
  static var outputStyle: Style {
    let isDumb = getenv("TERM").map { String(cString: $0) } == "dumb"
    return outputIsTerminal && getenv("NO_COLOR") == nil && !isDumb ? .colour : .plain
  }
}

/// Marks text with the escape sequences of ANSI terminals, or leaves it alone.
enum Style {
  case plain, colour

  func bold(_ text: String) -> String { mark(text, 1) }
  func dim(_ text: String) -> String { mark(text, 2) }
  func accent(_ text: String) -> String { mark(text, 36) }
  func warning(_ text: String) -> String { mark(text, 31) }

  private func mark(_ text: String, _ code: Int) -> String {
    self == .plain ? text : "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }
}
