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
        var (sent, channel) = Read(request, book);

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

        return ValueTask.FromResult(Answer(record));
    }

    /// <summary>The record that was sent, and its channel.</summary>
    /// <param name="request">The request.</param>
    /// <param name="book">The calibrations.</param>
    /// <exception cref="ControlRefusedException">It is none, or of no channel here.</exception>
    internal static (CalibrationRecord Sent, CalibratedChannel Channel) Read(ControlRequest request, CalibrationBook book)
    {
        var (sent, malformed) = CalibrationCodec.Decode(Encoding.UTF8.GetBytes(request.Object("record").GetRawText()));
        if (sent is null)
        {
            throw new ControlRefusedException($"record is none: {malformed}");
        }

        var channel = book.Channels.FirstOrDefault(channel => channel.Device == sent.Device && channel.Id == sent.Channel && channel.Kind is not null)
            ?? throw new ControlRefusedException($"{sent.Device}.{sent.Channel} is no channel of this gateway that is calibrated; its configuration was changed since it started?");
        return (sent, channel);
    }

    /// <summary>The answer with a record.</summary>
    /// <param name="record">The record.</param>
    internal static ControlAnswer Answer(CalibrationRecord record)
    {
        var bytes = CalibrationCodec.Encode(record);
        return new ControlAnswer(json =>
        {
            json.WritePropertyName("record");
            json.WriteRawValue(bytes);
        })
        {
            Device = record.Device,
        };
    }
}

/// <summary><c>calibration-judge</c>: what <c>calibration-add</c> would make of readings now; nothing is kept.</summary>
/// <param name="book">The calibrations.</param>
internal sealed class CalibrationJudgeVerb(CalibrationBook book) : IControlVerb
{
    /// <summary>The verb.</summary>
    public const string Verb = "calibration-judge";

    /// <inheritdoc/>
    public string Name => Verb;

    /// <inheritdoc/>
    public bool Changes => false;

    /// <inheritdoc/>
    public ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var (sent, channel) = CalibrationAddVerb.Read(request, book);
        try
        {
            return ValueTask.FromResult(CalibrationAddVerb.Answer(CalibrationDraft.Of(sent).Complete(channel, book.Records, book.Has)));
        }
        catch (ArgumentException e)
        {
            throw new ControlRefusedException($"these readings make no record: {e.Message}");
        }
    }
}
