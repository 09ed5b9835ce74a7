/// A file that does not hold what it should, with the place and with what was expected there.
public struct MalformedFile: Error, Equatable, CustomStringConvertible {
  /// The file's name as the user gave it.
  public var file: String
  /// Counts from 1; nil where the whole file is meant.
  public var line: Int?
  /// Counts bytes from 1; nil where the whole line is meant.
  public var column: Int?
  /// What was expected, and what is there instead.
  public var message: String

  /// An error at a place in a file.
  public init(file: String, line: Int? = nil, column: Int? = nil, message: String) {
    self.file = file
    self.line = line
    self.column = column
    self.message = message
  }

  /// `file:line:column: message`, as compilers write it and editors read it.
  public var description: String {
    ([file] + [line, column].compactMap { $0.map(String.init) }).joined(separator: ":")
      + ": " + message
  }
}
