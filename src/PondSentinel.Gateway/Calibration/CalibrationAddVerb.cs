using System.Text;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Time;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Calibration;

/// <summary><c>calibration-add</c>: takes what was read in standards, judges it and keeps it; what is accepted is in force from the
/// next poll on.</summary>
/// <param name="book">The calibrations.</param>
/// <param name="clock">The clock.</param>
/// <param name="settle">Keeps what was broken off before; gives why that cannot be done, null where there is nothing left.</param>
internal sealed class CalibrationAddVerb(CalibrationBook book, GatewayClock clock, Func<string?> settle) : IControlVerb
{
    // As far as clocks of people and machines are apart.
    private const long AheadMaxMs = 120_000;

    /// <summary>The verb.</summary>
    public const string Verb = "calibration-add";

    /// <inheritdoc/>
    public string Name => Verb;

    /// <inheritdoc/>
    public bool Changes => true;

    /// <inheritdoc/>
    public ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var (sent, malformed) = CalibrationCodec.Decode(Encoding.UTF8.GetBytes(request.Object("record").GetRawText()));
        if (sent is null)
        {
            throw new ControlRefusedException($"record is none: {malformed}");
        }

        var channel = book.Channels.FirstOrDefault(channel => channel.Device == sent.Device && channel.Id == sent.Channel && channel.Kind is not null)
            ?? throw new ControlRefusedException($"{sent.Device}.{sent.Channel} is no channel of this gateway that is calibrated; its configuration was changed since it started?");

        // Where nobody vouches for the clock, nobody here knows what is ahead; what is in force does not go by it.
        var now = clock.Now();
        if (now.Trust is not null && sent.TimeMs > now.WallMs + AheadMaxMs)
        {
            throw new ControlRefusedException($"the calibration would have been done in the future, at {IsoTime.Text(sent.TimeMs)}; check at, which is UTC, and the clock of the computer");
        }

        // The last that was added is in force, so what an instrument was told before comes before.
        if (settle() is { } unsettled)
        {
            throw new ControlRefusedException($"nothing was added, because what was broken off before must come first: {unsettled}");
        }

        // Judged here: nobody's word is taken for what the readings make.
        CalibrationRecord record;
        try
        {
            record = book.Add(CalibrationDraft.Of(sent), channel);
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            throw new ControlRefusedException(e.Message);
        }

        var bytes = CalibrationCodec.Encode(record);
        return ValueTask.FromResult(new ControlAnswer(json =>
        {
            json.WritePropertyName("record");
            json.WriteRawValue(bytes);
        })
        {
            Device = record.Device,
        });
    }
}
