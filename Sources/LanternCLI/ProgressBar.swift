/// One line on the standard error that shows how far something is; silent unless that is a
/// terminal.
struct ProgressBar {
  private let isShown: Bool
  private var lastDrawn: ContinuousClock.Instant?

  init(isShown: Bool = Terminal.errorIsTerminal) { self.isShown = isShown }

  /// Redraws the line, at most ten times a second. A total of 0 is not known yet.
  mutating func update(_ label: String, done: Int, of total: Int) {
    guard isShown else { return }
    let now = ContinuousClock.now
    if let lastDrawn, now - lastDrawn < .milliseconds(100) { return }
    lastDrawn = now
    // A line that wraps could not be taken away again.
    let line = Self.line(label, done: done, of: total).prefix((Terminal.errorWidth ?? 80) - 1)
    Terminal.writeError("\r\u{1B}[K" + line)
  }

  /// Takes the line away.
  func clear() {
    if lastDrawn != nil { Terminal.writeError("\r\u{1B}[K") }
  }

  static func line(_ label: String, done: Int, of total: Int) -> String {
    guard total > 0 else { return "\(label)  \(grouped(done))" }
    let width = 20
    let share = min(max(Double(done) / Double(total), 0), 1)
    let filled = Int(share * Double(width))
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    return "\(label)  \(bar) \(Int(share * 100)) %  \(grouped(done)) of \(grouped(total))"
  }
}
