using PondSentinel.Gateway.Commands;

return await GatewayCommandLine.InvokeAsync(args);
