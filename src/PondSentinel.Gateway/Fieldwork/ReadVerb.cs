using PondSentinel.Gateway.Control;

namespace PondSentinel.Gateway.Fieldwork;

/// <summary><c>read</c>: asks devices once, between their polls.</summary>
/// <remarks>Each is an errand on its bus: whoever waits for the bus meanwhile is asked after it.</remarks>
/// <param name="work">Work on the lines.</param>
internal sealed class ReadVerb(LineWork work) : IControlVerb
{
    /// <summary>The verb.</summary>
    public const string Verb = "read";

    /// <summary>Most channels that are asked at once.</summary>
    public const int NamesMax = 64;

    private const int NameLengthMax = 65;

    /// <inheritdoc/>
    public string Name => Verb;

    /// <inheritdoc/>
    public bool Changes => false;

    /// <inheritdoc/>
    public async ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var named = NamedChannels.Find(
            request.Texts("channels", NamesMax, NameLengthMax), [.. work.Devices.Select(device => device.Options)], out var unknown);
        if (unknown is not null)
        {
            throw new ControlRefusedException(unknown);
        }

        var listens = request.OptionalFlag("raw") == true;
        List<(DeviceReading Reading, IReadOnlyList<string> Channels)> taken = [];
        foreach (var (options, channels) in named)
        {
            var device = work.Device(options.Id);
            taken.Add((
                await work.DoAsync(device, (turn, limit) => DeviceReading.TakeAsync(device, listens, turn, limit), cancellationToken), channels));
        }

        return new ControlAnswer(json => DeviceReading.WriteAll(json, taken));
    }
}
