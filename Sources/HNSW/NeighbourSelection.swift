/// The neighbours chosen for a vertex at one level, with their distances from it.
public struct Selection: BitwiseCopyable {
  public internal(set) var list = NeighbourList()
  public internal(set) var distances = InlineArray<256, Float>(repeating: 0)

  init() {}

  mutating func append(_ candidate: Candidate, diverse: Bool) {
    distances[list.count] = candidate.distance
    list.append(candidate.vertex, diverse: diverse)
  }
}

/// Chooses neighbours among candidates: the paper's algorithm 4, with pruned candidates kept to
/// fill the list.
@safe struct NeighbourSelector: ~Copyable {
  /// The vectors of the diverse neighbours so far, and room for one candidate's, `dimensions`
  /// apart.
  private var vectors: GrowableBuffer<Component>
  private var chosen: GrowableBuffer<Candidate>
  private var pruned: GrowableBuffer<Candidate>
  private let dimensions: Int

  init(_ allocator: Allocator, dimensions: Int, capacity: Int) {
    self.dimensions = dimensions
    vectors = GrowableBuffer(allocator, capacity: dimensions &* (capacity &+ 1))
    chosen = GrowableBuffer(allocator, capacity: capacity)
    pruned = GrowableBuffer(allocator)
  }

  /// Selects at most `capacity` of `count` candidates, which `candidate` gives nearest first: the
  /// diverse ones, and the nearest others while there are less than `filled`.
  ///
  /// Candidates that are gone or being removed are passed over, and counted. Cost: one page for
  /// each candidate looked at, and a distance evaluation for each pair of it and a diverse
  /// neighbour chosen before, until one occludes it.
  mutating func select<Store: EditableGraphStore & ~Copyable>(
    _ store: inout Store, level: Int, capacity: Int, filled: Int, count: Int,
    into selection: inout Selection, candidate: (Int) -> Candidate
  ) -> Int {
    var passedOver = 0
    chosen.removeAll()
    pruned.removeAll()
    var index = 0
    while index < count && chosen.count < capacity {
      let next = candidate(index)
      index &+= 1
      // SAFETY: there is room for `capacity` chosen vectors and the candidate's.
      let vector = unsafe vectors.memory + chosen.count &* dimensions
      if unsafe !store.loadVector(of: next.vertex, level: level, into: vector) {
        passedOver &+= 1
        continue
      }
      if unsafe isOccluded(store, vector, distance: next.distance) {
        if pruned.count < capacity { pruned.append(next) }
      } else {
        chosen.append(next)
      }
    }
    merge(filled: filled, into: &selection)
    return passedOver
  }

  private func isOccluded<Store: EditableGraphStore & ~Copyable>(
    _ store: borrowing Store, _ vector: UnsafeRawPointer, distance: Float
  ) -> Bool {
    for index in 0..<chosen.count {
      let other = unsafe vectors.memory + index &* dimensions
      if unsafe store.distance(vector, other) <= distance { return true }
    }
    return false
  }

  /// All chosen candidates and the nearest pruned ones while there are less than `filled`, nearest
  /// first.
  private func merge(filled: Int, into selection: inout Selection) {
    selection.list.removeAll()
    let keptPruned = min(pruned.count, max(filled &- chosen.count, 0))
    var fromChosen = 0
    var fromPruned = 0
    while fromChosen < chosen.count || fromPruned < keptPruned {
      let takesChosen =
        fromPruned == keptPruned
        || (fromChosen < chosen.count && chosen[fromChosen] < pruned[fromPruned])
      if takesChosen {
        selection.append(chosen[fromChosen], diverse: true)
        fromChosen &+= 1
      } else {
        selection.append(pruned[fromPruned], diverse: false)
        fromPruned &+= 1
      }
    }
  }
}
