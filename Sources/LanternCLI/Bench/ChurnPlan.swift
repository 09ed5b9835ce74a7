import MovieLens

/// Which rows are deleted and inserted in each round; the same in every run, whatever the index.
struct ChurnPlan {
  /// The rows in the table at first.
  let first: [Int]
  private(set) var live: [Int]
  /// Those that are not in the table.
  private var spare: [Int]
  private let kind: ChurnKind
  private var random = SplitMix64(seed: 5)

  /// For the rows of a base, of which a tenth waits where others are to take its place.
  init(_ kind: ChurnKind, rows: Int) {
    self.kind = kind
    let replaces = kind == .random || kind == .cluster
    // Every tenth, as data may come in an order.
    spare = replaces ? Array(stride(from: 7, to: rows, by: 10)) : []
    let waiting = Set(spare)
    live = (0..<rows).filter { !waiting.contains($0) }
    first = live
  }

  /// What is deleted, and what is inserted then.
  mutating func next(_ base: VectorSet, metric: BenchMetric) -> (deleted: [Int], inserted: [Int]) {
    let deleted: [Int] =
      switch kind {
      case .random: pick(spare.count)
      case .halve: pick(live.count / 2)
      case .cluster: around(spare.count, base, metric)
      case .drop: around(live.count / 10, base, metric)
      case .update: []
      }
    let gone = Set(deleted)
    let inserted = spare
    live = live.filter { !gone.contains($0) } + inserted
    spare = kind.isSingle ? [] : deleted
    return (deleted, inserted)
  }

  private mutating func pick(_ count: Int) -> [Int] {
    for index in 0..<count {
      let other = index + random.below(live.count - index)
      live.swapAt(index, other)
    }
    return Array(live.prefix(count))
  }

  /// The rows nearest to one of them.
  private mutating func around(_ count: Int, _ base: VectorSet, _ metric: BenchMetric) -> [Int] {
    let centre = live[random.below(live.count)]
    let distances = live.map { (row: $0, distance: metric.distance(base[centre], base[$0])) }
    return distances.sorted { ($0.distance, $0.row) < ($1.distance, $1.row) }.prefix(count).map(
      \.row)
  }
}
