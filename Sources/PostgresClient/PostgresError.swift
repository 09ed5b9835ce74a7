import CLibPQ

/// What went wrong between this program and the server, on either side, or a notice of the
/// server's.
///
/// What the server says carries its severity in English, its SQLSTATE (appendix A of PostgreSQL's
/// manual), detail and hint; an error of the connection or of this module has a message only.
public struct PostgresError: Error, CustomStringConvertible {
  /// What is wrong, in one sentence.
  public var message: String
  /// `ERROR`, `WARNING`, `NOTICE`, ... in English whatever the server's language.
  public var severity: String?
  /// The five characters of the SQLSTATE.
  public var sqlState: String?
  /// The values or objects concerned.
  public var detail: String?
  /// What to do about it.
  public var hint: String?

  /// An error that did not come from the server, unless the caller says what it carried.
  public init(
    _ message: String, severity: String? = nil, sqlState: String? = nil, detail: String? = nil,
    hint: String? = nil
  ) {
    self.message = message
    self.severity = severity
    self.sqlState = sqlState
    self.detail = detail
    self.hint = hint
  }

  /// Everything the server said, on one line.
  public var description: String {
    let notes = [detail, hint.map { "hint: \($0)" }].compactMap { $0 }
    let text = notes.isEmpty ? message : "\(message) (\(notes.joined(separator: "; ")))"
    return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}

extension PostgresError {
  /// Reads the diagnostic fields of a failed result or of a notice.
  init(result: OpaquePointer) {
    func field(_ code: Int32) -> String? {
      PQresultErrorField(result, code).map { String(cString: $0) }
    }
    // A result made by libpq itself, as when the connection is lost, has the plain message only.
    let plain = PQresultErrorMessage(result).map { String(cString: $0) } ?? ""
    self.init(
      field(DiagnosticField.message) ?? plain.trimmed,
      severity: field(DiagnosticField.severity), sqlState: field(DiagnosticField.sqlState),
      detail: field(DiagnosticField.detail),
      hint: field(DiagnosticField.hint))
  }

  /// The last error of a connection that is not the server's answer to a statement.
  init(connection: OpaquePointer?) {
    self.init(PQerrorMessage(connection).map { String(cString: $0).trimmed } ?? "out of memory")
  }
}

/// libpq's `PG_DIAG_` codes, whose character macros Swift does not import.
private enum DiagnosticField {
  static let severity = Int32(UInt8(ascii: "V"))
  static let sqlState = Int32(UInt8(ascii: "C"))
  static let message = Int32(UInt8(ascii: "M"))
  static let detail = Int32(UInt8(ascii: "D"))
  static let hint = Int32(UInt8(ascii: "H"))
}

extension String {
  /// The string without white space at its end, where libpq puts a line feed.
  fileprivate var trimmed: String {
    var text = self[...]
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
