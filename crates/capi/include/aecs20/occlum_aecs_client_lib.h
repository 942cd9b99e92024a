/* The header of AECS 2.0 of this name, for programs that include it. */
#pragma once
#include "aecs20.hpp"
