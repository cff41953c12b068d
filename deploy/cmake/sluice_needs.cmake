# Stops with what to install where something is missing: CMake itself names only the variable that it could not set.

function(sluice_needs found what package)
  if(NOT ${found})
    message(FATAL_ERROR "sluice needs ${what}. Debian: `apt-get install ${package}`, or `deploy/dependencies`, which installs and builds all that sluice needs.")
  endif()
endfunction()

# sluice_needs_package(NAME DEBIAN_PACKAGE options…): find_package(NAME options…).
macro(sluice_needs_package name package)
  find_package(${name} QUIET ${ARGN})
  sluice_needs(${name}_FOUND "the library ${name}" ${package})
endmacro()

# sluice_needs_module(NAME MODULE DEBIAN_PACKAGE): the imported target PkgConfig::NAME.
macro(sluice_needs_module name module package)
  sluice_needs_package(PkgConfig pkg-config)
  pkg_check_modules(${name} QUIET IMPORTED_TARGET ${module})
  sluice_needs(${name}_FOUND "${module} (as pkg-config knows it)" ${package})
endmacro()
