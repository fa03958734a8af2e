using PondSentinel.Backend.Commands;

return await BackendCommandLine.InvokeAsync(args);
