import CPostgres
import HNSW
import Vectors

/// A node or an upper vertex on a page: the only code that knows its bytes, with the extensions in
/// the files beside this one.
@safe struct VertexRecord {
  let base: UnsafeMutableRawPointer
  let layout: VertexLayout

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
}
