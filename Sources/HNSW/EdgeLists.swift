import CKernels

/// Neighbour lists of one degree in memory that several participants share, with the lengths of
/// their edges.
///
/// A list is the words of its version, its count, its mask, its ids and its lengths, of 32 bits
/// each; mask and ids begin at even places. New lists are zeroes.
@safe struct EdgeLists: BitwiseCopyable {
  private let words: UnsafeMutablePointer<UInt32>
  private let maskWords: Int
  private let lengthsOffset: Int
  private let stride: Int

  /// The lists in memory that is aligned for a word of 64 bits.
  init(_ memory: UnsafeMutableRawPointer, degree: Int) {
    unsafe words = unsafe memory.assumingMemoryBound(to: UInt32.self)
    maskWords = Self.maskWords(degree: degree)
    lengthsOffset = Self.idsOffset &+ maskWords &+ (degree &+ 1) & ~1
    stride = Self.byteCount(degree: degree) / 4
  }

  private static var idsOffset: Int { 2 }

  private static func maskWords(degree: Int) -> Int { ((degree &+ 31) >> 5 &+ 1) & ~1 }

  /// The bytes a list takes.
  static func byteCount(degree: Int) -> Int {
    (idsOffset &+ maskWords(degree: degree) &+ 2 &* ((degree &+ 1) & ~1)) &* 4
  }

  /// Makes a list empty, before anybody else knows of it.
  func clear(_ index: Int) {
    // SAFETY: here and below, `index` is that of a list that there is memory for.
    unsafe (words + index &* stride).update(repeating: 0, count: Self.idsOffset &+ maskWords)
  }

  /// Reads a list, whole, though it may be written meanwhile.
  @inline(__always)
  func read(_ index: Int, into list: inout NeighbourList) {
    let base = unsafe words + index &* stride
    while true {
      let version = unsafe lantern_begin_read(base)
      unsafe read(base, into: &list)
      if unsafe lantern_end_read(base, version) { return }
    }
  }

  /// Reads a list with its lengths, and returns its version.
  func read(
    _ index: Int, into list: inout NeighbourList, lengths: inout InlineArray<256, Float>
  ) -> UInt32 {
    let base = unsafe words + index &* stride
    while true {
      let version = unsafe lantern_begin_read(base)
      unsafe read(base, into: &list)
      // SAFETY: there is room for the lengths of the longest list, which is even.
      unsafe withUnsafeMutablePointer(to: &lengths) {
        unsafe lantern_copy_shared(
          UnsafeMutableRawPointer($0).assumingMemoryBound(to: UInt32.self), base + lengthsOffset,
          Int32(truncatingIfNeeded: list.count))
      }
      if unsafe lantern_end_read(base, version) { return version }
    }
  }

  @inline(__always)
  private func read(_ base: UnsafeMutablePointer<UInt32>, into list: inout NeighbourList) {
    // A count is one word, and never more than the degree.
    let mask = unsafe base + Self.idsOffset
    unsafe list.load(
      count: Int(base[1]), mask: mask, maskWords: maskWords, ids: mask + maskWords)
  }

  /// Writes a list that has the given version; false when it has another by now, and nothing was
  /// written.
  func write(
    _ index: Int, version: UInt32, _ list: borrowing NeighbourList,
    lengths: borrowing InlineArray<256, Float>
  ) -> Bool {
    let base = unsafe words + index &* stride
    if unsafe !lantern_begin_write(base, version) { return false }
    let mask = unsafe base + Self.idsOffset
    unsafe base[1] = UInt32(truncatingIfNeeded: list.count)
    unsafe list.store(mask: mask, maskWords: maskWords, ids: mask + maskWords)
    for position in 0..<list.count {
      unsafe base[lengthsOffset &+ position] = lengths[position].bitPattern
    }
    unsafe lantern_end_write(base)
    return true
  }
}
