import CPostgres
import HNSW
import Vectors

/// A node or an upper vertex on a page: the only code that knows its bytes.
@safe struct VertexRecord {
  private let base: UnsafeMutableRawPointer
  private let layout: VertexLayout

  /// The record at a place, which is below the layout's `perPage`.
  init(_ page: borrowing LockedPage, _ place: Int, _ layout: VertexLayout) {
    unsafe self.init(page.bytes, place, layout)
  }

  init(_ image: PageImage, _ place: Int, _ layout: VertexLayout) {
    unsafe self.init(image.bytes, place, layout)
  }

  private init(_ bytes: UnsafeMutablePointer<CChar>, _ place: Int, _ layout: VertexLayout) {
    assert(place >= 0 && place < layout.perPage)
    // SAFETY: `perPage` records of the layout's size fit between the page's header and its special
    // space.
    unsafe base =
      unsafe UnsafeMutableRawPointer(bytes) + Int(LANTERN_PAGE_START) + place &* layout.size
    self.layout = layout
  }

  var header: LanternVertex {
    @inline(__always) get { unsafe base.load(as: LanternVertex.self) }
    nonmutating set { unsafe base.storeBytes(of: newValue, as: LanternVertex.self) }
  }

  /// The most neighbours that there is room for.
  var degree: Int { layout.degree }

  var isFree: Bool { header.state == UInt8(LANTERN_FREE) }
  var isLive: Bool { header.state == UInt8(LANTERN_LIVE) }

  /// The stored vector's codes.
  var codes: UnsafeMutableRawPointer { unsafe base + VertexLayout.codesOffset }

  var code: VectorCode {
    let header = self.header
    return VectorCode(
      scale: header.scale, offset: header.offset, residual: residualFromBFloat16(header.residual))
  }

  @inline(__always)
  func distance(from query: UnsafeRawPointer) -> Float {
    let header = self.header
    return unsafe layout.format.distance(
      from: query, to: codes, VectorCode(scale: header.scale, offset: header.offset, residual: 0))
  }

  func writeVector(_ codes: UnsafeRawPointer, _ code: VectorCode) {
    unsafe self.codes.copyMemory(from: codes, byteCount: layout.format.byteCount)
    var header = self.header
    header.scale = code.scale
    header.offset = code.offset
    header.residual = roundedUpBFloat16(code.residual)
    self.header = header
  }

  /// Whether the stored vector has just this code.
  func hasCode(_ codes: UnsafeRawPointer, _ code: VectorCode) -> Bool {
    let header = self.header
    if header.scale != code.scale || header.offset != code.offset { return false }
    return unsafe haveEqualBytes(self.codes, codes, layout.format.byteCount)
  }

  /// Reads the neighbours; false when there are more than there can be.
  func readNeighbours(into list: inout NeighbourList) -> Bool {
    list.removeAll()
    let header = self.header
    let count = Int(header.count)
    if count > layout.degree { return false }
    for index in 0..<count {
      let word = index < 32 ? header.mask : maskWord(index >> 5)
      list.append(
        neighbour(index), diverse: word >> UInt32(truncatingIfNeeded: index & 31) & 1 != 0)
    }
    return true
  }

  /// Whether the neighbours are just these, with the same mask.
  func hasNeighbours(_ list: borrowing NeighbourList) -> Bool {
    let header = self.header
    let count = list.count
    if Int(header.count) != count || count > layout.degree { return false }
    for index in 0..<count {
      // SAFETY: as in `readNeighbours`.
      let id = unsafe base.load(fromByteOffset: layout.idsOffset &+ 4 &* index, as: UInt32.self)
      if id != list.ids[index] { return false }
    }
    for word in 0..<((list.count &+ 31) / 32) {
      // Bits beyond the last neighbour's say nothing.
      let bits = count &- 32 &* word
      let meant = bits >= 32 ? ~UInt32(0) : (1 << UInt32(truncatingIfNeeded: bits)) &- 1
      let own = word == 0 ? header.mask : maskWord(word)
      if (own ^ list.mask[word]) & meant != 0 { return false }
    }
    return true
  }

  /// Writes the neighbours, at most the layout's degree.
  func writeNeighbours(_ list: borrowing NeighbourList) {
    var header = self.header
    header.count = UInt16(truncatingIfNeeded: list.count)
    header.mask = list.mask[0]
    self.header = header
    for index in 0..<list.count {
      unsafe base.storeBytes(
        of: list.ids[index], toByteOffset: layout.idsOffset &+ 4 &* index, as: UInt32.self)
    }
    for word in 1..<max((layout.degree &+ 31) / 32, 1) {
      unsafe base.storeBytes(
        of: list.mask[word], toByteOffset: layout.maskOffset &+ 4 &* (word &- 1), as: UInt32.self)
    }
  }

  /// The factors a of the neighbours' codes, and those b behind them.
  private var factorsA: UnsafeMutablePointer<Float> {
    // SAFETY: a record of a layout with codes has room for both, in whole blocks.
    unsafe (base + layout.factorsOffset).assumingMemoryBound(to: Float.self)
  }
  private var factorsB: UnsafeMutablePointer<UInt16> {
    let places = (layout.neighbourCodesOffset &- layout.factorsOffset) / 6
    return unsafe (base + layout.factorsOffset + 4 &* places)
      .assumingMemoryBound(to: UInt16.self)
  }

  /// The factors of a neighbour's code.
  func factors(_ index: Int) -> CodeFactors {
    unsafe CodeFactors(a: factorsA[index], b: factorsB[index])
  }

  func setFactors(_ index: Int, _ factors: CodeFactors) {
    unsafe factorsA[index] = factors.a
    unsafe factorsB[index] = factors.b
  }

  /// The neighbours' codes, block after block.
  var neighbourCodes: UnsafeMutableRawPointer { unsafe base + layout.neighbourCodesOffset }

  /// Appends the neighbours that are estimated to be within `limit` of a query that is at
  /// `distance` from the vertex; false when there are more neighbours than there can be.
  @inline(__always)
  func appendNeighbours(
    within limit: Float, _ tables: QueryTables, distance: Float, to batch: inout MeasureBatch
  ) -> Bool {
    let count = Int(header.count)
    if count > layout.degree { return false }
    var estimates = InlineArray<32, Float>(repeating: 0)
    var start = 0
    while start < count {
      // SAFETY: a record of a layout with codes has room for whole blocks of them and their factors,
      // and a block has 32 estimates.
      let block = start / CodeFormat.blockSize &* (layout.code?.blockBytes ?? 0)
      var span = estimates.mutableSpan
      var within = unsafe span.withUnsafeMutableBufferPointer {
        unsafe tables.estimate(
          neighbourCodes + block, a: factorsA + start, b: factorsB + start, distance: distance,
          within: limit, into: $0.baseAddress!)
      }
      if count &- start < 32 { within &= (1 &<< UInt32(truncatingIfNeeded: count &- start)) &- 1 }
      while within != 0 {
        let index = within.trailingZeroBitCount
        within &= within &- 1
        batch.append(neighbour(start &+ index), distance: estimates[index])
      }
      start &+= CodeFormat.blockSize
    }
    return true
  }

  private func neighbour(_ index: Int) -> VertexID {
    // SAFETY: a record has room for `degree` ids.
    unsafe base.load(fromByteOffset: layout.idsOffset &+ 4 &* index, as: UInt32.self)
  }

  private func maskWord(_ word: Int) -> UInt32 {
    unsafe base.load(fromByteOffset: layout.maskOffset &+ 4 &* (word &- 1), as: UInt32.self)
  }
}
