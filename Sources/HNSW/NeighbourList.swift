import CKernels

/// A vertex's neighbours at one level, nearest first, with the diverse mask.
///
/// A neighbour is diverse when no nearer diverse neighbour occludes it, that is, lies nearer to it
/// than the vertex does: the selection rule of the paper's algorithm 4. Keeping the outcome as one
/// bit a neighbour makes adding an edge need about a third of the distances (`Linking.swift`).
public struct NeighbourList: BitwiseCopyable {
  /// The longest list there is: 2m neighbours at level 0, with m at most 128.
  public static var maximumCapacity: Int { 256 }

  private var ids = InlineArray<256, VertexID>(repeating: .none)
  public private(set) var mask = InlineArray<8, UInt32>(repeating: 0)
  public private(set) var count = 0

  public init() {}

  /// The neighbour at a position. By way of a span, as an element of an array in a structure that is
  /// lent is read from a copy of the whole.
  @inline(__always)
  public func id(_ position: Int) -> VertexID { ids.span[position] }

  /// Takes neighbours over from words that may be written meanwhile: `count` of them, the words of
  /// their mask, an even number, and their ids, all at even places.
  @inline(__always)
  mutating func load(
    count: Int, mask words: UnsafePointer<UInt32>, maskWords: Int,
    ids shared: UnsafePointer<UInt32>
  ) {
    self.count = min(count, Self.maximumCapacity)
    mask = InlineArray(repeating: 0)
    // SAFETY: both arrays have room for as many words, rounded up to an even number.
    unsafe withUnsafeMutablePointer(to: &mask) {
      unsafe lantern_copy_shared(
        UnsafeMutableRawPointer($0).assumingMemoryBound(to: UInt32.self), words,
        Int32(truncatingIfNeeded: maskWords))
    }
    unsafe withUnsafeMutablePointer(to: &ids) {
      unsafe lantern_copy_shared(
        UnsafeMutableRawPointer($0).assumingMemoryBound(to: UInt32.self), shared,
        Int32(truncatingIfNeeded: self.count))
    }
  }

  /// Writes the neighbours to such words.
  @inline(__always)
  func store(
    mask words: UnsafeMutablePointer<UInt32>, maskWords: Int,
    ids shared: UnsafeMutablePointer<UInt32>
  ) {
    // SAFETY: the caller has room for the list.
    for word in 0..<maskWords { unsafe words[word] = mask[word] }
    for index in 0..<count { unsafe shared[index] = id(index) }
  }

  public mutating func removeAll() {
    count = 0
    mask = InlineArray(repeating: 0)
  }

  public func isDiverse(_ index: Int) -> Bool {
    mask[index >> 5] & (1 << UInt32(truncatingIfNeeded: index & 31)) != 0
  }

  public mutating func setDiverse(_ index: Int, _ diverse: Bool) {
    let bit: UInt32 = 1 << UInt32(truncatingIfNeeded: index & 31)
    mask[index >> 5] = diverse ? mask[index >> 5] | bit : mask[index >> 5] & ~bit
  }

  /// Appends a neighbour that is at least as far as the last; the list must not be at its maximum.
  public mutating func append(_ vertex: VertexID, diverse: Bool) {
    ids[count] = vertex
    setDiverse(count, diverse)
    count &+= 1
  }

  /// Renames the neighbour at a position.
  public mutating func setID(_ index: Int, _ vertex: VertexID) { ids[index] = vertex }

  /// Puts a neighbour at its place; the list must not be at its maximum.
  public mutating func insert(_ vertex: VertexID, diverse: Bool, at index: Int) {
    var position = count
    while position > index {
      ids[position] = ids[position &- 1]
      setDiverse(position, isDiverse(position &- 1))
      position &-= 1
    }
    ids[index] = vertex
    setDiverse(index, diverse)
    count &+= 1
  }

  public mutating func remove(at index: Int) {
    var position = index
    while position &+ 1 < count {
      ids[position] = ids[position &+ 1]
      setDiverse(position, isDiverse(position &+ 1))
      position &+= 1
    }
    count &-= 1
    setDiverse(count, false)
  }

  public func contains(_ vertex: VertexID) -> Bool {
    for index in 0..<count where id(index) == vertex { return true }
    return false
  }

  /// Where each neighbour of a newer list is in this one; -1 for what is not. Those that stayed are
  /// mostly in order, so each is looked for behind the last.
  public func positions(of new: borrowing NeighbourList) -> InlineArray<256, Int16> {
    var positions = InlineArray<256, Int16>(repeating: -1)
    var next = 0
    for index in 0..<new.count {
      let vertex = new.id(index)
      for step in 0..<count {
        let position = next &+ step < count ? next &+ step : next &+ step &- count
        if id(position) != vertex { continue }
        positions[index] = Int16(truncatingIfNeeded: position)
        next = position &+ 1
        break
      }
    }
    return positions
  }

  /// The position of the farthest neighbour that is not diverse, the first to go when room is
  /// needed.
  var lastOccluded: Int? {
    var index = count &- 1
    while index >= 0 {
      if !isDiverse(index) { return index }
      index &-= 1
    }
    return nil
  }

  /// The position of the neighbour that is not diverse and the first from `position` on; else of
  /// the last before; else of the farthest neighbour. To take it out for one that comes to
  /// `position` moves few others.
  func occluded(near position: Int) -> Int {
    for index in position..<max(position, count) where !isDiverse(index) { return index }
    return lastOccluded ?? (count &- 1)
  }

  /// Whether two lists hold the same neighbours in the same order, with the same mask.
  public static func == (left: borrowing NeighbourList, right: borrowing NeighbourList) -> Bool {
    if left.count != right.count { return false }
    for index in 0..<left.count where left.id(index) != right.id(index) { return false }
    for word in 0..<8 where left.mask[word] != right.mask[word] { return false }
    return true
  }
}

/// Vertices to measure together, so that a store can fetch them ahead of each other.
public struct MeasureBatch {
  public var ids = InlineArray<256, VertexID>(repeating: .none)
  /// The distances, set by the store; NaN for a vertex that is gone.
  public var distances = InlineArray<256, Float>(repeating: .nan)
  public var count = 0

  public init() {}

  @inline(__always)
  public mutating func append(_ vertex: VertexID) {
    ids[count] = vertex
    count &+= 1
  }

  /// Appends a vertex whose distance is known.
  @inline(__always)
  public mutating func append(_ vertex: VertexID, distance: Float) {
    distances[count] = distance
    append(vertex)
  }
}
