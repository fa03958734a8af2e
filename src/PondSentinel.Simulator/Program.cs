using PondSentinel.Simulator.Commands;

return await SimulatorCommandLine.InvokeAsync(args);
