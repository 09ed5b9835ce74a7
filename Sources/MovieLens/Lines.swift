/// Something read from a file, with the place it had there.
public struct Located<Value> {
  /// What was read.
  public var value: Value
  /// The line it was on; the file's first is 1.
  public var line: Int
}

/// The lines of a file that are not blank, without their ends (line feed, with or without carriage
/// return).
func lines(of bytes: [UInt8]) -> [Located<ArraySlice<UInt8>>] {
  var lines: [Located<ArraySlice<UInt8>>] = []
  for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    .enumerated()
  {
    let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    if text.contains(where: { !isSpace($0) }) {
      lines.append(Located(value: text, line: index + 1))
    }
  }
  return lines
}

/// Whether a byte is a space or a tab.
func isSpace(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
}

/// Remembers on which line each film was, to refuse a second one.
struct SeenFilms {
  private var lines: [Int32: Int] = [:]

  mutating func insert(_ film: Int32, line: Int, file: String) throws(MalformedFile) {
    guard let earlier = lines.updateValue(line, forKey: film) else { return }
    throw MalformedFile(
      file: file, line: line, column: 1, message: "film \(film) is already on line \(earlier)")
  }
}
