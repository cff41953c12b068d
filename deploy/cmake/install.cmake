# `cmake --install`: the public headers, the archive, the command, and a package that find_package(sluice) finds.
if(NOT TARGET sluice)
  return()
endif()
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/sluice)
set(header_dir ${CMAKE_INSTALL_INCLUDEDIR}/sluice)

# Users see the vocabulary, the values it is made of, and of the actors only the ways in. io/loop.hpp alone needs Asio.
install(DIRECTORY messages protocols DESTINATION ${header_dir} FILES_MATCHING PATTERN "*.hpp" PATTERN "*_impl.hpp" EXCLUDE)
install(FILES actors/runtime.hpp actors/client_config.hpp actors/blocking.hpp actors/for_each.hpp DESTINATION ${header_dir}/actors)
install(FILES actors/body/answer_watch.hpp DESTINATION ${header_dir}/actors/body)
install(FILES actors/io/loop.hpp actors/io/clock.hpp DESTINATION ${header_dir}/actors/io)

install(TARGETS sluice EXPORT sluiceTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET sluice-command)
  install(TARGETS sluice-command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

# No Debian package has the wolfSSL that sluice needs, and not every Debian ngtcp2 and nghttp3, so the static ones that it
# was built with go along.
set(SLUICE_BUNDLED OFF)
if(wolfSSL_LIBRARY MATCHES "\\.a$" AND HTTP3_ngtcp2_LIBRARY MATCHES "\\.a$" AND HTTP3_nghttp3_LIBRARY MATCHES "\\.a$")
  set(SLUICE_BUNDLED ON)
  set(SLUICE_BUNDLED_DIR ${CMAKE_INSTALL_LIBDIR}/sluice)
  foreach(archive wolfSSL_LIBRARY:wolfssl HTTP3_ngtcp2_crypto_wolfssl_LIBRARY:ngtcp2_crypto_wolfssl HTTP3_ngtcp2_LIBRARY:ngtcp2 HTTP3_nghttp3_LIBRARY:nghttp3)
    string(REPLACE ":" ";" archive ${archive})
    list(GET archive 0 variable)
    list(GET archive 1 name)
    install(FILES ${${variable}} DESTINATION ${SLUICE_BUNDLED_DIR} RENAME lib${name}.a)
  endforeach()
endif()

install(EXPORT sluiceTargets NAMESPACE sluice:: DESTINATION ${package_dir})
configure_package_config_file(deploy/cmake/sluiceConfig.cmake.in ${CMAKE_BINARY_DIR}/sluiceConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/sluiceConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/sluiceConfig.cmake ${CMAKE_BINARY_DIR}/sluiceConfigVersion.cmake
  deploy/cmake/FindCAF.cmake deploy/cmake/FindwolfSSL.cmake deploy/cmake/FindHTTP3.cmake DESTINATION ${package_dir})
