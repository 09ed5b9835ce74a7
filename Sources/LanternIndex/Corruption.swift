import CPostgres
import HNSW

// What cannot be right on a page is an error that advises to REINDEX; `what` says in a few words
// why.
extension IndexFile {
  func reportCorrupted(block: BlockNumber, _ what: StaticString) -> Never {
    unsafe lantern_error_corrupted_page(relation, block, cString(what))
  }

  func reportCorrupted(vertex: VertexID, level: Int, _ what: StaticString) -> Never {
    unsafe lantern_error_corrupted_vertex(
      relation, vertex, Int32(truncatingIfNeeded: level), cString(what))
  }
}

/// A literal as a C string.
func cString(_ literal: StaticString) -> UnsafePointer<CChar> {
  // SAFETY: a static string is a constant that ends with a zero byte.
  unsafe UnsafeRawPointer(literal.utf8Start).assumingMemoryBound(to: CChar.self)
}
