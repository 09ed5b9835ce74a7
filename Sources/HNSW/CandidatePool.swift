import CKernels

/// The ef nearest candidates found so far, in order, with a cursor at the nearest one that is not
/// expanded.
///
/// It is both sets of the paper's algorithm 2: W is the whole pool, and C its unexpanded part,
/// since a candidate that has left W is farther than all of W and would never be expanded.
struct CandidatePool: ~Copyable {
  private var entries: GrowableBuffer<Candidate>
  private var cursor = 0
  /// The most candidates the pool holds: a search's ef.
  private(set) var limit: Int

  init(_ allocator: Allocator, limit: Int) {
    entries = GrowableBuffer(allocator, capacity: limit + 1)
    self.limit = limit
  }

  var count: Int { entries.count }
  subscript(index: Int) -> Candidate { entries[index] }

  mutating func reset(limit: Int) {
    entries.removeAll()
    cursor = 0
    self.limit = limit
  }

  /// Lets the pool hold more, keeping what it has.
  mutating func raise(limit: Int) { self.limit = max(limit, self.limit) }

  /// Takes a candidate in, and returns the one that has no room: the farthest, or the new one
  /// itself.
  @inline(__always)
  mutating func insert(_ candidate: Candidate) -> Candidate? {
    let isFull = entries.count == limit
    if isFull && !(candidate < entries[limit &- 1]) { return candidate }
    let evicted = isFull ? entries[limit &- 1] : nil
    if !isFull { entries.append(candidate) }
    put(candidate, before: entries.count &- 1)
    return evicted
  }

  /// Puts a candidate into its place among the first `end`; those after it move up by one, onto the
  /// entry at `end`.
  @inline(__always)
  private mutating func put(_ candidate: Candidate, before end: Int) {
    // SAFETY: a candidate is one word below 2^63, and there is an entry at `end`.
    let place = unsafe lantern_insert_word(
      UnsafeMutableRawPointer(entries.memory).assumingMemoryBound(to: UInt64.self),
      Int32(truncatingIfNeeded: end), candidate.bits)
    cursor = min(cursor, Int(place))
  }

  /// How many candidates come before one, by a binary search without branches, as no processor can
  /// foresee them.
  @inline(__always)
  private func place(of candidate: Candidate) -> Int {
    var place = 0
    var length = entries.count
    while length > 1 {
      let half = length >> 1
      place &+= entries[place &+ half &- 1].maskIfBefore(candidate) & half
      length &-= half
    }
    return length == 0 ? 0 : place &- entries[place].maskIfBefore(candidate)
  }

  /// What is farther than this has no room.
  var farthest: Float {
    @inline(__always) get { entries.count < limit ? .infinity : entries[limit &- 1].distance }
  }

  /// Takes a candidate in if there is room or it is nearer than the farthest, which then goes; in
  /// the place of a farther one if that is there.
  @inline(__always)
  mutating func offer(_ candidate: Candidate, instead old: Candidate) {
    if entries.count == limit && !(candidate < entries[limit &- 1]) { return }
    let oldPlace = place(of: old)
    if oldPlace == entries.count || entries[oldPlace] != old {
      _ = insert(candidate)
      return
    }
    put(candidate, before: oldPlace)
  }

  /// The nearest candidate not expanded yet, if it is next in the order; it stays as it is.
  var next: Candidate? {
    cursor < entries.count && !entries[cursor].isExpanded ? entries[cursor] : nil
  }

  /// The nearest candidate not expanded yet, marked as expanded; nil when all are.
  mutating func nextToExpand() -> Candidate? {
    while cursor < entries.count {
      var candidate = entries[cursor]
      cursor &+= 1
      if candidate.isExpanded { continue }
      candidate.isExpanded = true
      entries[cursor &- 1] = candidate
      return candidate
    }
    return nil
  }
}
