// What differs between platforms, for the whole module: the small half of Foundation, which a
// static program carries without 40 MB of Unicode data, and the C library.
#if canImport(FoundationEssentials)
  @_exported import FoundationEssentials
#else
  @_exported import Foundation
#endif
#if canImport(Glibc)
  @_exported import Glibc
#elseif canImport(Musl)
  @_exported import Musl
#else
  @_exported import Darwin
#endif
