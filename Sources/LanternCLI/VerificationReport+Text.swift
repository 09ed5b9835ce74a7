extension VerificationReport {
  /// The report for people: facts, then a table of latencies.
  func text(style: Style) -> String {
    let facts = TextTable.facts([
      ["index", "\(index) on \(table) (\(column)), \(accessMethod), \(byteSize(indexBytes))"],
      ["queries", queriesText], ["recall@\(k)", recallText], ["order", orderText],
    ])
    let times = TextTable(
      columns: [
        .init(title: "latency"), .init(title: "index", alignment: .right),
        .init(title: "exact search", alignment: .right), .init(title: "speedup", alignment: .right),
      ],
      rows: [row("median", \.median), row("p99", \.p99)])
    return (facts.lines(style: style) + [""] + times.lines(style: style)).joined(separator: "\n")
  }

  private var queriesText: String {
    "\(queries), k = \(k), operator \(`operator`)" + (ef.map { ", ef = \($0)" } ?? "")
  }

  private var recallText: String {
    "\(fixed(recall, 4)) on average, \(fixed(lowestRecall, 4)) at worst; at least \(minRecall) wanted"
  }

  private var orderText: String {
    if queriesOutOfOrder.isEmpty && queriesWithRepeatedRows.isEmpty {
      return "that of the true distances, in every query"
    }
    return "wrong in \(queriesOutOfOrder.count) queries, a row twice in "
      + "\(queriesWithRepeatedRows.count)"
  }

  private func row(_ name: String, _ latency: KeyPath<Latencies, Double>) -> [String] {
    let (index, exact) = (indexMilliseconds[keyPath: latency], exactMilliseconds[keyPath: latency])
    return [name, "\(fixed(index, 3)) ms", "\(fixed(exact, 3)) ms", "\(fixed(exact / index, 1))x"]
  }
}
