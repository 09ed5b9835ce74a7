import CKernels

/// A copy of one list of `EdgeLists`, with the lengths of its edges, to be changed and written back.
///
/// It is the same words in the same places, so to copy it costs as much as the list is long.
@safe struct EdgeList: ~Copyable {
  private var room: GrowableBuffer<UInt32>
  /// The version of the list that it is a copy of.
  private var version: UInt32 = 0
  private var shape = EdgeListShape(degree: 0)
  /// The neighbour that has gone since.
  private var gone: VertexID?

  /// Room for a list of up to `degree` neighbours.
  init(_ allocator: Allocator, degree: Int) {
    room = GrowableBuffer(allocator, capacity: EdgeListShape(degree: degree).stride)
  }

  private var words: UnsafeMutablePointer<UInt32> { unsafe room.memory }
  private var ids: UnsafeMutablePointer<UInt32> { unsafe words + shape.idsOffset }
  private var lengths: UnsafeMutablePointer<UInt32> { unsafe words + shape.lengthsOffset }
  private var mask: UnsafeMutablePointer<UInt32> { unsafe words + EdgeListShape.maskOffset }

  // SAFETY: below, positions are those of neighbours, of which there are at most as many as the
  // list has room for.

  var count: Int {
    get { unsafe Int(words[EdgeListShape.countOffset]) }
    set { unsafe words[EdgeListShape.countOffset] = UInt32(truncatingIfNeeded: newValue) }
  }

  @inline(__always)
  func id(_ position: Int) -> VertexID { unsafe ids[position] }
  @inline(__always)
  func length(_ position: Int) -> Float { unsafe Float(bitPattern: lengths[position]) }

  @inline(__always)
  func isDiverse(_ position: Int) -> Bool {
    unsafe mask[position >> 5] & (1 << UInt32(truncatingIfNeeded: position & 31)) != 0
  }

  func setNotDiverse(_ position: Int) {
    unsafe mask[position >> 5] &= ~(1 << UInt32(truncatingIfNeeded: position & 31))
  }

  func contains(_ vertex: VertexID) -> Bool {
    for position in 0..<count where id(position) == vertex { return true }
    return false
  }

  /// The first position whose edge is longer than `length`.
  func position(of length: Float) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low &+ high) >> 1
      if self.length(middle) <= length { low = middle &+ 1 } else { high = middle }
    }
    return low
  }

  /// The farthest neighbour that is not diverse; nil when all are.
  var lastOccluded: Int? {
    var word = (count &- 1) >> 5
    // Bits beyond the count are 0, and must not pass for neighbours.
    var bits = UInt32.max >> UInt32(truncatingIfNeeded: 31 &- (count &- 1) & 31)
    while word >= 0 {
      let occluded = unsafe ~mask[word] & bits
      if occluded != 0 { return word << 5 &+ 31 &- occluded.leadingZeroBitCount }
      bits = .max
      word &-= 1
    }
    return nil
  }

  mutating func remove(at position: Int) {
    gone = id(position)
    let moved = count &- 1 &- position
    unsafe move(ids + position + 1, to: ids + position, moved)
    unsafe move(lengths + position + 1, to: lengths + position, moved)
    let word = position >> 5
    let low = (UInt32(1) << UInt32(truncatingIfNeeded: position & 31)) &- 1
    unsafe mask[word] = mask[word] & low | mask[word] >> 1 & ~low
    for next in (word &+ 1)..<max(shape.maskWords, word &+ 1) {
      unsafe mask[next &- 1] |= mask[next] << 31
      unsafe mask[next] >>= 1
    }
    count &-= 1
  }

  mutating func insert(_ vertex: VertexID, length: Float, diverse: Bool, at position: Int) {
    let moved = count &- position
    unsafe move(ids + position, to: ids + position + 1, moved)
    unsafe move(lengths + position, to: lengths + position + 1, moved)
    unsafe ids[position] = vertex
    unsafe lengths[position] = length.bitPattern
    let word = position >> 5
    var next = shape.maskWords &- 1
    while next > word {
      unsafe mask[next] = mask[next] << 1 | mask[next &- 1] >> 31
      next &-= 1
    }
    let bit = UInt32(1) << UInt32(truncatingIfNeeded: position & 31)
    let low = bit &- 1
    unsafe mask[word] = mask[word] & low | (mask[word] & ~low) << 1 | (diverse ? bit : 0)
    count &+= 1
  }

  /// As bytes: an update of the elements is compiled to a loop over them.
  @inline(__always)
  private func move(
    _ source: UnsafeMutablePointer<UInt32>, to target: UnsafeMutablePointer<UInt32>, _ count: Int
  ) {
    unsafe UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: count &* 4)
  }

  /// Whether it holds the same neighbours in the same order, with the same mask.
  func holds(_ list: borrowing NeighbourList) -> Bool {
    if count != list.count { return false }
    for position in 0..<count {
      if id(position) != list.id(position) { return false }
      if isDiverse(position) != list.isDiverse(position) { return false }
    }
    return true
  }

  /// Takes over a list that may be written meanwhile.
  mutating func copy(from base: UnsafeMutablePointer<UInt32>, _ shape: EdgeListShape) {
    self.shape = shape
    gone = nil
    while true {
      version = unsafe lantern_begin_read(base)
      unsafe lantern_copy_shared(words, base, Int32(truncatingIfNeeded: shape.idsOffset))
      let count = Int32(truncatingIfNeeded: self.count)
      unsafe lantern_copy_shared(ids, base + shape.idsOffset, count)
      unsafe lantern_copy_shared(lengths, base + shape.lengthsOffset, count)
      if unsafe lantern_end_read(base, version) { return }
    }
  }

  /// Writes the list back; false when it has changed meanwhile, and nothing was written. Where
  /// neighbours have codes, one has come, and one at most has gone, whose place is the new one's.
  func replace(
    _ base: UnsafeMutablePointer<UInt32>, setCode: (CodedNeighbours, _ place: Int) -> Void
  ) -> Bool {
    if unsafe !lantern_begin_write(base, version) { return false }
    unsafe UnsafeMutableRawPointer(base + 1)
      .copyMemory(from: words + 1, byteCount: (shape.idsOffset &- 1) &* 4)
    unsafe UnsafeMutableRawPointer(base + shape.idsOffset)
      .copyMemory(from: ids, byteCount: count &* 4)
    unsafe UnsafeMutableRawPointer(base + shape.lengthsOffset)
      .copyMemory(from: lengths, byteCount: count &* 4)
    if shape.codeBytes > 0 && count > 0 {
      let coded = unsafe CodedNeighbours(base, shape)
      setCode(coded, gone.flatMap { coded.place(of: $0) } ?? (count &- 1))
    }
    unsafe lantern_end_write(base)
    return true
  }
}
