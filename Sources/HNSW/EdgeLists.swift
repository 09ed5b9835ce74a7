import CKernels
import Vectors

/// Where the parts of a neighbour list in memory lie: words of 32 bits, its version, its count, its
/// mask, its ids and the lengths of their edges. Mask, ids and lengths begin at even places.
///
/// Where neighbours have codes, there follow whole blocks of them: their ids once more, with the
/// factors, and the codes.
struct EdgeListShape: BitwiseCopyable {
  let maskWords: Int
  let lengthsOffset: Int
  let neighboursOffset: Int
  let codesOffset: Int
  /// The bytes of a neighbour's code; 0 where there are none.
  let codeBytes: Int
  let stride: Int

  init(degree: Int, code: CodeFormat? = nil) {
    maskWords = ((degree &+ 31) >> 5 &+ 1) & ~1
    lengthsOffset = Self.maskOffset &+ maskWords &+ (degree &+ 1) & ~1
    neighboursOffset = lengthsOffset &+ (degree &+ 1) & ~1
    guard let code else {
      codesOffset = neighboursOffset
      codeBytes = 0
      stride = neighboursOffset
      return
    }
    let places = code.padded(degree: degree)
    codesOffset = neighboursOffset &+ 2 &* places
    codeBytes = code.codeBytes
    // The last block is read a little beyond its end, and a list begins on a line of the cache.
    stride = (codesOffset &+ codeBytes &* places / 4 &+ 4 &+ 15) & ~15
  }

  static var countOffset: Int { 1 }
  static var maskOffset: Int { 2 }
  var idsOffset: Int { Self.maskOffset &+ maskWords }
  /// The bytes a list takes.
  var byteCount: Int { stride &* 4 }
}

/// Neighbour lists of one degree in memory that several participants share, with the lengths of
/// their edges.
@safe struct EdgeLists: BitwiseCopyable {
  private let words: UnsafeMutablePointer<UInt32>
  private let shape: EdgeListShape

  /// The lists in memory that is aligned for a word of 64 bits.
  init(_ memory: UnsafeMutableRawPointer, _ shape: EdgeListShape) {
    unsafe words = unsafe memory.assumingMemoryBound(to: UInt32.self)
    self.shape = shape
  }

  @inline(__always)
  private func list(_ index: Int) -> UnsafeMutablePointer<UInt32> {
    // SAFETY: here and below, `index` is that of a list that there is memory for.
    unsafe words + index &* shape.stride
  }

  /// Makes a list empty, before anybody else knows of it.
  func clear(_ index: Int) {
    unsafe list(index).update(repeating: 0, count: shape.idsOffset)
  }

  /// As much of a list, or of a vector, as is asked for while another vertex is expanded.
  static var prefetchedBytes: Int { 2048 }

  /// Asks the processor for a list that is about to be read.
  @inline(__always)
  func prefetch(_ index: Int) {
    let list = unsafe list(index)
    if shape.codeBytes == 0 {
      unsafe lantern_prefetch_bytes(list, Int32(truncatingIfNeeded: shape.lengthsOffset &* 4))
    } else {
      unsafe lantern_prefetch_bytes(list, 1)
      unsafe lantern_prefetch_bytes(
        list + shape.neighboursOffset,
        Int32(
          truncatingIfNeeded: min(
            (shape.stride &- shape.neighboursOffset) &* 4, Self.prefetchedBytes)))
    }
  }

  /// Appends the neighbours that are estimated to be within `limit` of a query that is at `distance`
  /// from their vertex to an empty batch. Only where there are codes.
  @inline(__always)
  func appendNeighbours(
    _ index: Int, within limit: Float, _ tables: QueryTables, distance: Float,
    to batch: inout MeasureBatch
  ) {
    let base = unsafe list(index)
    while true {
      let version = unsafe lantern_begin_read(base)
      // What is written meanwhile gives other estimates, and is then read again.
      unsafe CodedNeighbours(base, shape).append(
        within: limit, tables, distance: distance, to: &batch)
      if unsafe lantern_end_read(base, version) { return }
      batch.count = 0
    }
  }

  /// The neighbours' codes of a list. Only where there are any.
  func coded(_ index: Int) -> CodedNeighbours { unsafe CodedNeighbours(list(index), shape) }

  /// Reads a list, whole, though it may be written meanwhile.
  @inline(__always)
  func read(_ index: Int, into list: inout NeighbourList) {
    let base = unsafe self.list(index)
    while true {
      let version = unsafe lantern_begin_read(base)
      // A count is one word, and never more than the degree.
      unsafe list.load(
        count: Int(base[EdgeListShape.countOffset]), mask: base + EdgeListShape.maskOffset,
        maskWords: shape.maskWords, ids: base + shape.idsOffset)
      if unsafe lantern_end_read(base, version) { return }
    }
  }

  /// Reads a list with its lengths, to change it.
  func read(_ index: Int, into copy: inout EdgeList) {
    unsafe copy.copy(from: list(index), shape)
  }

  /// Writes a list that was read so; false when it has changed meanwhile, and nothing was written.
  /// Where there are codes, `setCode` is to set that of the neighbour that has come.
  func replace(
    _ index: Int, with copy: borrowing EdgeList, setCode: (CodedNeighbours, _ place: Int) -> Void
  ) -> Bool {
    unsafe copy.replace(list(index), setCode: setCode)
  }

  /// Gives an empty list its first neighbours.
  func write(
    _ index: Int, _ list: borrowing NeighbourList, lengths: borrowing InlineArray<256, Float>
  ) {
    let base = unsafe self.list(index)
    if unsafe !lantern_begin_write(base, 0) { return }
    unsafe base[EdgeListShape.countOffset] = UInt32(truncatingIfNeeded: list.count)
    unsafe list.store(
      mask: base + EdgeListShape.maskOffset, maskWords: shape.maskWords,
      ids: base + shape.idsOffset)
    for position in 0..<list.count {
      unsafe base[shape.lengthsOffset &+ position] = lengths[position].bitPattern
    }
    unsafe lantern_end_write(base)
  }
}
