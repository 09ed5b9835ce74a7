/// Neighbour lists of one degree in memory, with the lengths of their edges.
@safe struct EdgeLists: ~Copyable {
  private let allocator: Allocator
  private let degree: Int
  private let maskWords: Int
  private let stride: Int
  private var capacity: Int
  private(set) var count = 0
  /// For each list its count, its mask, its ids and its lengths, all of 32 bits.
  private var words: UnsafeMutablePointer<UInt32>

  init(_ allocator: Allocator, degree: Int, capacity: Int) {
    self.allocator = allocator
    self.degree = degree
    self.capacity = max(capacity, 1)
    maskWords = (degree &+ 31) >> 5
    stride = Self.stride(degree: degree) / 4
    unsafe words = unsafe allocator.allocate(UInt32.self, count: self.capacity &* stride)
  }

  deinit { unsafe allocator.free(words) }

  /// The bytes a list takes.
  static func stride(degree: Int) -> Int { (1 &+ (degree &+ 31) >> 5 &+ 2 &* degree) &* 4 }

  var byteCount: Int { count &* stride &* 4 }

  /// Adds an empty list.
  mutating func append() {
    if count == capacity {
      capacity &*= 2
      unsafe words = unsafe allocator.reallocate(words, count: capacity &* stride)
    }
    // SAFETY: there is room for one more list.
    unsafe words[count &* stride] = 0
    count &+= 1
  }

  func read(_ index: Int, into list: inout NeighbourList) {
    list.removeAll()
    // SAFETY: `index` is that of a list appended before; a list holds at most `degree` neighbours.
    let base = unsafe words + index &* stride
    let ids = unsafe base + 1 + maskWords
    for position in 0..<Int(unsafe base[0]) {
      let bit = unsafe base[1 &+ position >> 5] >> UInt32(truncatingIfNeeded: position & 31) & 1
      list.append(unsafe ids[position], diverse: bit != 0)
    }
  }

  func length(_ index: Int, _ position: Int) -> Float {
    unsafe Float(
      bitPattern: words[index &* stride &+ 1 &+ maskWords &+ degree &+ position])
  }

  /// Writes a list with the lengths that `length` gives.
  mutating func write(_ index: Int, _ list: borrowing NeighbourList, length: (Int) -> Float) {
    // SAFETY: as in `read`.
    let base = unsafe words + index &* stride
    let ids = unsafe base + 1 + maskWords
    unsafe base[0] = UInt32(truncatingIfNeeded: list.count)
    for word in 0..<maskWords { unsafe base[1 &+ word] = list.mask[word] }
    for position in 0..<list.count {
      unsafe ids[position] = list.ids[position]
      unsafe ids[degree &+ position] = length(position).bitPattern
    }
  }
}
