/// Why a command failed, in a sentence, and what the user can do about it.
struct CommandFailure: Error, CustomStringConvertible {
  var message: String
  var hint: String?

  init(_ message: String, hint: String? = nil) {
    self.message = message
    self.hint = hint
  }

  var description: String {
    hint.map { "\(message) (hint: \($0))" } ?? message
  }
}
