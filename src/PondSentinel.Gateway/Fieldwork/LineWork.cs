using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Control;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Fieldwork;

/// <summary>Work on the lines of a running gateway, between its polls.</summary>
/// <param name="devices">The devices.</param>
/// <param name="time">For its limit.</param>
internal sealed class LineWork(IReadOnlyList<PolledDevice> devices, TimeProvider time)
{
    /// <summary>How long one piece of work may take, its place in the queue included: a laser warms up for half a minute first.
    /// </summary>
    public static readonly TimeSpan Max = TimeSpan.FromSeconds(90);

    /// <summary>The devices.</summary>
    public IReadOnlyList<PolledDevice> Devices => devices;

    /// <summary>A device by its name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ControlRefusedException">There is none of that name.</exception>
    public PolledDevice Device(string name) => devices.FirstOrDefault(device => device.Options.Id == name)
        ?? throw new ControlRefusedException($"there is no device {name}; {Findings.Meant(name, [.. devices.Select(device => device.Options.Id)])}");

    /// <summary>The devices of a bus, by its name or that of one of them.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ControlRefusedException">There is none of that name.</exception>
    public IReadOnlyList<PolledDevice> Bus(string name)
    {
        var bus = devices.FirstOrDefault(device => device.Options.Bus == name || device.Options.Id == name)?.Options.Bus
            ?? throw new ControlRefusedException(
                $"there is no bus {name}; {Findings.Meant(name, [.. devices.Select(device => device.Options.Bus).Distinct()])}");
        return [.. devices.Where(device => device.Options.Bus == bus)];
    }

    /// <summary>Does something on the bus of a device, while that is not in the middle of a poll.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="device">The device.</param>
    /// <param name="work">What is done, with the bus held.</param>
    /// <param name="cancellationToken">The gateway stops.</param>
    /// <exception cref="ControlRefusedException">It had no turn, or took too long.</exception>
    public async Task<T> DoAsync<T>(
        PolledDevice device, Func<IBusTurn, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        if (device.Errands is not { } errands)
        {
            throw new ControlRefusedException($"{device.Options.Id} cannot be asked beside its polls");
        }

        using var limit = new CancellationTokenSource(Max, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await errands.RunAsync(device.Options.Id, turn => work(turn, either.Token), either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ControlRefusedException(
                $"{device.Options.Id} had no turn or gave no answer within {Max.TotalSeconds:0} s: its bus is busy; try again");
        }
    }
}
