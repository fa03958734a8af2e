using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Control;

namespace PondSentinel.Gateway.Fieldwork;

/// <summary><c>read</c>: asks devices once, between their polls.</summary>
/// <remarks>Each is an errand on its bus: whoever waits for the bus meanwhile is asked after it.</remarks>
/// <param name="devices">The devices.</param>
/// <param name="time">For its limit.</param>
internal sealed class ReadVerb(IReadOnlyList<PolledDevice> devices, TimeProvider time) : IControlVerb
{
    /// <summary>The verb.</summary>
    public const string Verb = "read";

    /// <summary>Most channels that are asked at once.</summary>
    public const int NamesMax = 64;

    /// <summary>How long one device may take, its place in the queue included: a laser warms up for half a minute first.</summary>
    public static readonly TimeSpan EachMax = TimeSpan.FromSeconds(90);

    private const int NameLengthMax = 65;

    /// <inheritdoc/>
    public string Name => Verb;

    /// <inheritdoc/>
    public bool Changes => false;

    /// <inheritdoc/>
    public async ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var named = NamedChannels.Find(
            request.Texts("channels", NamesMax, NameLengthMax), [.. devices.Select(device => device.Options)], out var unknown);
        if (unknown is not null)
        {
            throw new ControlRefusedException(unknown);
        }

        var listens = request.OptionalFlag("raw") == true;
        List<(DeviceReading Reading, IReadOnlyList<string> Channels)> taken = [];
        foreach (var (options, channels) in named)
        {
            taken.Add((await TakeAsync(devices.First(device => device.Options == options), listens, cancellationToken), channels));
        }

        return new ControlAnswer(json => DeviceReading.WriteAll(json, taken));
    }

    private async Task<DeviceReading> TakeAsync(PolledDevice device, bool listens, CancellationToken cancellationToken)
    {
        if (device.Errands is not { } errands)
        {
            throw new ControlRefusedException($"{device.Options.Id} cannot be asked beside its polls");
        }

        using var limit = new CancellationTokenSource(EachMax, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await errands.RunAsync(
                device.Options.Id, turn => DeviceReading.TakeAsync(device, listens, turn, either.Token), either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ControlRefusedException(
                $"{device.Options.Id} had no turn or gave no answer within {EachMax.TotalSeconds:0} s: its bus is busy; try again");
        }
    }
}
