/// Finds films by what a person types for a title.
///
/// Case, punctuation, accents of Latin-1 letters, the article and, unless it is given, the year do
/// not matter: "the thirteenth floor" finds "Thirteenth Floor, The (1999)".
public struct TitleSearch {
  private let wanted: TitleKey

  /// A search for what was typed.
  public init(_ text: String) { wanted = TitleKey(text) }

  /// The positions of the titles that match best, in their order; none where nothing matches.
  ///
  /// From best to worst a title equals the text, starts with its words, contains them together,
  /// contains the text within words, or contains all its words somewhere.
  public func bestMatches(among titles: [String]) -> [Int] {
    if wanted.name.isEmpty { return [] }
    var best: [Int] = []
    var bestRank = Self.noMatch
    for (position, title) in titles.enumerated() {
      let rank = rank(TitleKey(title))
      if rank < bestRank { (best, bestRank) = ([], rank) }
      if rank == bestRank && rank < Self.noMatch { best.append(position) }
    }
    return best
  }

  private static let noMatch = 5

  private func rank(_ key: TitleKey) -> Int {
    if let year = wanted.year, year != key.year { return Self.noMatch }
    if key.name == wanted.name { return 0 }
    if key.name.hasPrefix(wanted.name + " ") { return 1 }
    if " \(key.name) ".contains(" \(wanted.name) ") { return 2 }
    if key.name.contains(wanted.name) { return 3 }
    return wanted.name.split(separator: " ").allSatisfy(key.name.contains) ? 4 : Self.noMatch
  }
}

/// What of a title counts in a comparison.
private struct TitleKey {
  /// Words of plain letters and digits with one space between them.
  var name: String
  var year: String?

  init(_ title: String) {
    let text = String(title.lowercased().map { Self.plainLetters[$0] ?? $0 })
    var words = text.split { !$0.isLetter && !$0.isNumber }
    // The year stands in brackets at the end.
    if let last = words.last, text.hasSuffix("(\(last))"), last.count == 4,
      last.allSatisfy(\.isNumber)
    {
      year = String(last)
      words.removeLast()
    }
    if let first = words.first, words.count > 1, Self.articles.contains(first) {
      words.removeFirst()
    } else if let last = words.last, words.count > 1, Self.articles.contains(last),
      text.contains(", \(last)")
    {
      words.removeLast()
    }
    name = words.joined(separator: " ")
  }

  /// The articles that MovieLens puts behind a comma, but for "die", with which English titles
  /// begin.
  private static let articles: Set<Substring> = [
    "the", "a", "an", "le", "la", "les", "l", "un", "une", "il", "el", "los", "las", "der", "das",
  ]

  private static let plainLetters = Dictionary(
    uniqueKeysWithValues: zip("àáâãäåçèéêëìíîïñòóôõöøùúûüýÿ", "aaaaaaceeeeiiiinoooooouuuuyy"))
}
