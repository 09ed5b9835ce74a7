import CPostgres
import HNSW
import Vectors

// The list of neighbours. Where they have codes, a neighbour keeps its place while it is one, and a
// byte each tells their order, so that a new edge changes few bytes; where not, the ids themselves
// are in order.
extension VertexRecord {
  /// The most neighbours that there is room for.
  var degree: Int { layout.degree }

  /// Reads the neighbours; false when there are more than there can be, or one is nowhere.
  func readNeighbours(into list: inout NeighbourList) -> Bool {
    list.removeAll()
    let header = self.header
    let count = Int(header.count)
    if count > layout.degree { return false }
    for index in 0..<count {
      let place = place(index)
      if place >= count { return false }
      let word = index < 32 ? header.mask : maskWord(index >> 5)
      list.append(
        neighbour(at: place), diverse: word >> UInt32(truncatingIfNeeded: index & 31) & 1 != 0)
    }
    return true
  }

  /// Whether the neighbours are just these, with the same mask.
  func hasNeighbours(_ list: borrowing NeighbourList) -> Bool {
    let header = self.header
    let count = list.count
    if Int(header.count) != count || count > layout.degree { return false }
    for index in 0..<count {
      let place = place(index)
      if place >= count { return false }
      if neighbour(at: place) != list.id(index) { return false }
    }
    for word in 0..<((count &+ 31) / 32) {
      // Bits beyond the last neighbour's say nothing.
      let bits = count &- 32 &* word
      let meant = bits >= 32 ? ~UInt32(0) : (1 << UInt32(truncatingIfNeeded: bits)) &- 1
      let own = word == 0 ? header.mask : maskWord(word)
      if (own ^ list.mask[word]) & meant != 0 { return false }
    }
    return true
  }

  /// Writes the neighbours, at most the layout's degree, each at the place of its rank.
  func writeNeighbours(_ list: borrowing NeighbourList) {
    writeMask(of: list)
    for index in 0..<list.count {
      setNeighbour(list.id(index), at: index)
      setPlace(index, of: index)
    }
  }

  /// Puts a list in the place of the old one; where neighbours have codes, `writeCode` is to write
  /// that of the first, the second, ... new one to the place given.
  func replaceNeighbours(
    _ old: borrowing NeighbourList, with new: borrowing NeighbourList,
    writeCode: (_ number: Int, _ place: Int) -> Void
  ) {
    if layout.code == nil { return writeNeighbours(new) }
    var places = NeighbourPlaces(of: new, in: self, old)
    var number = 0
    for index in 0..<new.count {
      switch places.next(index) {
      case .stays: break
      case .moves(let from, let place):
        setNeighbour(new.id(index), at: place)
        copyCode(from: from, to: place)
      case .comes(let place):
        setNeighbour(new.id(index), at: place)
        writeCode(number, place)
        number &+= 1
      }
    }
    for index in 0..<new.count { setPlace(places[index], of: index) }
    writeMask(of: new)
  }

  private func writeMask(of list: borrowing NeighbourList) {
    var header = self.header
    header.count = UInt16(truncatingIfNeeded: list.count)
    header.mask = list.mask[0]
    self.header = header
    for word in 1..<max((layout.degree &+ 31) / 32, 1) {
      unsafe base.storeBytes(
        of: list.mask[word], toByteOffset: layout.maskOffset &+ 4 &* (word &- 1), as: UInt32.self)
    }
  }

  private func maskWord(_ word: Int) -> UInt32 {
    unsafe base.load(fromByteOffset: layout.maskOffset &+ 4 &* (word &- 1), as: UInt32.self)
  }

  // SAFETY: below, a record has room for `degree` ids, and, where there are codes, as many bytes for
  // their order. Who reads a place from a page compares it with their count.

  /// The neighbour at a place.
  @inline(__always)
  func neighbour(at place: Int) -> VertexID {
    unsafe base.load(
      fromByteOffset: layout.neighboursOffset &+ layout.neighbourBytes &* place, as: UInt32.self)
  }

  private func setNeighbour(_ vertex: VertexID, at place: Int) {
    unsafe base.storeBytes(
      of: vertex, toByteOffset: layout.neighboursOffset &+ layout.neighbourBytes &* place,
      as: UInt32.self)
  }

  /// The place of the neighbour with a rank in the order.
  @inline(__always)
  func place(_ rank: Int) -> Int {
    if layout.code == nil { return rank }
    return Int(unsafe base.load(fromByteOffset: layout.orderOffset &+ rank, as: UInt8.self))
  }

  private func setPlace(_ place: Int, of rank: Int) {
    if layout.code == nil { return }
    unsafe base.storeBytes(
      of: UInt8(truncatingIfNeeded: place), toByteOffset: layout.orderOffset &+ rank,
      as: UInt8.self)
  }
}

/// Which places the neighbours of a new list get: those that stay keep theirs, unless the list
/// becomes so short that it is beyond its end; the others get what is free.
private struct NeighbourPlaces {
  enum Change {
    case stays
    case moves(from: Int, to: Int)
    case comes(Int)
  }

  private var places = InlineArray<256, Int16>(repeating: -1)
  private var taken = InlineArray<8, UInt32>(repeating: 0)
  private let count: Int
  private var free = 0

  init(
    of new: borrowing NeighbourList, in record: VertexRecord, _ old: borrowing NeighbourList
  ) {
    count = new.count
    let ranks = old.positions(of: new)
    for index in 0..<count where ranks[index] >= 0 {
      let place = record.place(Int(ranks[index]))
      places[index] = Int16(truncatingIfNeeded: place)
      if place < count { taken[place >> 5] |= Self.bit(place) }
    }
  }

  /// The place of a neighbour, once `next` has been asked for it.
  subscript(index: Int) -> Int { Int(places[index]) }

  /// What becomes of each neighbour in turn.
  mutating func next(_ index: Int) -> Change {
    let old = Int(places[index])
    if old >= 0 && old < count { return .stays }
    while taken[free >> 5] & Self.bit(free) != 0 { free &+= 1 }
    places[index] = Int16(truncatingIfNeeded: free)
    free &+= 1
    return old < 0 ? .comes(free &- 1) : .moves(from: old, to: free &- 1)
  }

  private static func bit(_ place: Int) -> UInt32 { 1 << UInt32(truncatingIfNeeded: place & 31) }
}
