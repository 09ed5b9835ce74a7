/// Where the algorithm's working memory comes from: the host's allocator, since the extension has
/// no Swift heap.
///
/// The functions never return null: the server's raise an error instead, and the tests' trap.
@safe public struct Allocator: Sendable {
  let allocateBytes: @convention(c) (Int) -> UnsafeMutableRawPointer
  let reallocateBytes: @convention(c) (UnsafeMutableRawPointer, Int) -> UnsafeMutableRawPointer
  let freeBytes: @convention(c) (UnsafeMutableRawPointer) -> Void

  /// An allocator made of the host's three functions; sizes are in bytes and greater than zero.
  public init(
    allocate: @escaping @convention(c) (Int) -> UnsafeMutableRawPointer,
    reallocate: @escaping @convention(c) (UnsafeMutableRawPointer, Int) -> UnsafeMutableRawPointer,
    free: @escaping @convention(c) (UnsafeMutableRawPointer) -> Void
  ) {
    unsafe allocateBytes = unsafe allocate
    unsafe reallocateBytes = unsafe reallocate
    unsafe freeBytes = unsafe free
  }

  func allocate<Element: BitwiseCopyable>(
    _ type: Element.Type, count: Int
  ) -> UnsafeMutablePointer<Element> {
    // SAFETY: the host's functions return memory of the asked size, aligned for any scalar.
    unsafe allocateBytes(max(count, 1) &* MemoryLayout<Element>.stride)
      .bindMemory(to: type, capacity: count)
  }

  func reallocate<Element: BitwiseCopyable>(
    _ memory: UnsafeMutablePointer<Element>, count: Int
  ) -> UnsafeMutablePointer<Element> {
    // SAFETY: as above; bitwise-copyable elements may be moved with the bytes that hold them.
    unsafe reallocateBytes(memory, max(count, 1) &* MemoryLayout<Element>.stride)
      .bindMemory(to: Element.self, capacity: count)
  }

  func free<Element: BitwiseCopyable>(_ memory: UnsafeMutablePointer<Element>) {
    unsafe freeBytes(memory)
  }
}
