import CKernels

/// The kernels of one instruction set, for arrays.
struct Kernels: CustomStringConvertible, Sendable {
  let variant: Int32

  /// What this processor has; always the portable kernels.
  static let all = (0..<LANTERN_KERNEL_VARIANTS).filter { lantern_kernels_variant($0) != nil }
    .map { Kernels(variant: $0) }

  var table: LanternKernels { lantern_kernels_variant(variant)!.pointee }

  var description: String { String(cString: table.name) }

  func distance(_ query: [Float], _ vector: [Float]) -> Float {
    table.l2sq_f32(query, vector, Int32(query.count))
  }

  func distance(_ query: [Float], halves: [UInt16], scale: Float) -> Float {
    table.l2sq_f16(query, halves, scale, Int32(query.count))
  }

  func distance(_ query: [Float], bytes: [UInt8], scale: Float, offset: Float) -> Float {
    table.l2sq_u8(query, bytes, scale, offset, Int32(query.count))
  }

  func products(_ a: [Float], _ b: [Float]) -> LanternProducts {
    table.products(a, b, Int32(a.count))
  }

  func differingBits(_ a: [UInt32], _ b: [UInt32]) -> Int {
    Int(table.hamming(a, b, Int32(a.count)))
  }

  /// The words with one more, and its place; ends the process where more memory is touched.
  func words(_ words: [UInt64], with word: UInt64) -> ([UInt64], place: Int) {
    let pages = GuardedPages(byteCount: (words.count + 1) * MemoryLayout<UInt64>.stride)
    let copy = pages.copy(words + [.max])
    let place = table.insert_word(copy, Int32(words.count), word)
    return (Array(UnsafeBufferPointer(start: copy, count: words.count + 1)), Int(place))
  }

  func halves(_ x: [Float], inverseScale: Float) -> [UInt16] {
    filled(x.count, 0xdead) { table.encode_f16(x, inverseScale, $0, $1) }
  }

  func bytes(_ x: [Float], scale: Float, offset: Float) -> [UInt8] {
    filled(x.count, 0xdb) { table.encode_u8(x, scale, offset, $0, $1) }
  }

  func floats(halves: [UInt16], scale: Float) -> [Float] {
    filled(halves.count, .nan) { table.decode_f16(halves, scale, $0, $1) }
  }

  func floats(bytes: [UInt8], scale: Float, offset: Float) -> [Float] {
    filled(bytes.count, .nan) { table.decode_u8(bytes, scale, offset, $0, $1) }
  }

  /// What `body` writes to so many elements, with a few behind them that it must leave alone.
  private func filled<Element: BitwiseCopyable>(
    _ count: Int, _ fill: Element, _ body: (UnsafeMutablePointer<Element>, Int32) -> Void
  ) -> [Element] {
    var elements = [Element](repeating: fill, count: count + 64)
    elements.withUnsafeMutableBufferPointer { body($0.baseAddress!, Int32(count)) }
    elements.withUnsafeBytes { all in
      withUnsafeBytes(of: fill) { one in
        for i in count * one.count..<all.count {
          precondition(all[i] == one[i % one.count], "\(self) wrote beyond \(count) elements")
        }
      }
    }
    return Array(elements.prefix(count))
  }
}
