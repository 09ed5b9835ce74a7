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
  /// Room for the vectors of the diverse neighbours so far and for one candidate's, `dimensions`
  /// apart.
  private var room: GrowableBuffer<Component>
  private var chosen: GrowableBuffer<Candidate>
  /// The vector of each of them.
  private var vectors: GrowableBuffer<UnsafeRawPointer>
  private var pruned: GrowableBuffer<Candidate>
  private let dimensions: Int

  init(_ allocator: Allocator, dimensions: Int, capacity: Int) {
    self.dimensions = dimensions
    room = GrowableBuffer(allocator, capacity: dimensions &* (capacity &+ 1))
    chosen = GrowableBuffer(allocator, capacity: capacity)
    unsafe vectors = GrowableBuffer(allocator, capacity: capacity)
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
    clear()
    var index = 0
    while index < count && chosen.count < capacity {
      let next = candidate(index)
      index &+= 1
      // SAFETY: there is room for `capacity` chosen vectors and the candidate's.
      let vector = unsafe room.memory + chosen.count &* dimensions
      if unsafe store.loadVector(of: next.vertex, level: level, into: vector) {
        unsafe add(next, vector, store, capacity: capacity)
      } else {
        passedOver &+= 1
      }
    }
    merge(filled: filled, into: &selection)
    return passedOver
  }

  /// The same among candidates whose vectors are at hand.
  mutating func select<Store: EditableGraphStore & ~Copyable>(
    _ store: borrowing Store, among candidates: borrowing DecodedCandidates, capacity: Int,
    into selection: inout Selection
  ) {
    clear()
    var index = 0
    while index < candidates.count && chosen.count < capacity {
      unsafe add(candidates[index], candidates.vector(index), store, capacity: capacity)
      index &+= 1
    }
    merge(filled: capacity, into: &selection)
  }

  private mutating func clear() {
    chosen.removeAll()
    unsafe vectors.removeAll()
    pruned.removeAll()
  }

  /// Chooses the next candidate unless one chosen before occludes it.
  private mutating func add<Store: EditableGraphStore & ~Copyable>(
    _ candidate: Candidate, _ vector: UnsafeRawPointer, _ store: borrowing Store, capacity: Int
  ) {
    if unsafe isOccluded(store, vector, distance: candidate.distance) {
      if pruned.count < capacity { pruned.append(candidate) }
    } else {
      chosen.append(candidate)
      unsafe vectors.append(vector)
    }
  }

  private func isOccluded<Store: EditableGraphStore & ~Copyable>(
    _ store: borrowing Store, _ vector: UnsafeRawPointer, distance: Float
  ) -> Bool {
    for index in 0..<chosen.count {
      if unsafe store.distance(vector, vectors[index]) <= distance { return true }
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
