import Testing
import Vectors
@Test func formats() { #expect(VectorFormat(dimensions: 3, width: .sixteen).byteCount == 6) }
