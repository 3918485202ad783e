@echo off
rem The command line of Sotto, on the Node that comes with its window.
set ELECTRON_RUN_AS_NODE=1
"%~dp0Sotto.exe" "%~dp0resources\app.asar.unpacked\build\sotto.js" %*
