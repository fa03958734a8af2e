using System.Text.Json;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Control;

namespace PondSentinel.Gateway.Calibration;

/// <summary><c>calibration-run</c>: takes an instrument that holds its calibration through the standard that it stands in, or ends that.
/// </summary>
/// <remarks>Goes on where whoever asked has gone: <c>calibration-state</c> says what came of it.</remarks>
/// <param name="runs">What is being calibrated.</param>
internal sealed class CalibrationRunVerb(CalibrationRuns runs) : IControlVerb
{
    /// <summary>The verb.</summary>
    public const string Verb = "calibration-run";

    private const int ChannelLengthMax = 65;
    private const double CelsiusMin = -10;
    private const double CelsiusMax = 100;

    /// <inheritdoc/>
    public string Name => Verb;

    /// <inheritdoc/>
    public bool Changes => true;

    /// <inheritdoc/>
    public async ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var channel = request.Text("channel", ChannelLengthMax);
        var what = request.Text("do", 16);
        if (what == "water")
        {
            return EndAwaiting(channel, request);
        }

        var (run, record) = what switch
        {
            "standard" => await TakeAsync(channel, request, cancellationToken),
            "end" => await runs.EndAsync(channel, cancellationToken),
            "abandon" => runs.Abandon(channel),
            var other => throw new ControlRefusedException($"do must be standard, end, abandon or water, not {other}"),
        };
        var (marked, isAwaiting) = (runs.MarkedFor(run), runs.IsAwaitingWater(run));
        return new ControlAnswer(json => Write(json, run, record, marked, isAwaiting)) { Device = run.Channel.Device };
    }

    /// <summary>Writes how one stands.</summary>
    /// <param name="json">Where to, within an object.</param>
    /// <param name="run">It.</param>
    /// <param name="record">What it has come to; null where it goes on, or came to nothing.</param>
    /// <param name="marked">How long its values stay marked, where it is over.</param>
    /// <param name="isAwaiting">Whether that ends when its probe is said to hang in the water again.</param>
    internal static void Write(Utf8JsonWriter json, CalibrationRun run, CalibrationRecord? record, TimeSpan marked, bool isAwaiting)
    {
        json.WriteString("channel", run.Channel.Name);
        json.WriteString("who", run.Who);
        json.WriteStartArray("taken");
        foreach (var (standard, found, left) in run.Steps)
        {
            if (found is not null && left is not null)
            {
                json.WriteStartObject();
                json.WriteString("name", standard.Name);
                json.WriteNumber("std", left.Standard);
                json.WriteNumber("found", found.Raw);
                json.WriteNumber("left", left.Raw);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        json.WriteString("next", CalibrationRun.Names(run.Next));
        json.WriteBoolean("may_end", run.IsComplete);
        if (run.IsOver)
        {
            json.WriteNumber("marked_s", (long)marked.TotalSeconds);
            json.WriteBoolean("awaits_water", isAwaiting);
        }

        if (record is not null)
        {
            json.WritePropertyName("record");
            json.WriteRawValue(CalibrationCodec.Encode(record));
        }
    }

    private ControlAnswer EndAwaiting(string channel, ControlRequest request)
    {
        var (device, unsaved) = runs.EndAwaiting(channel, request.Text("who", CalibrationRecord.ByLengthMax), request.Uid);
        return new ControlAnswer(json =>
        {
            json.WriteString("channel", channel);
            json.WriteString("in_water", device);
            json.WriteString("unsaved", unsaved);
        })
        {
            Device = device,
        };
    }

    private async Task<(CalibrationRun Run, CalibrationRecord? Record)> TakeAsync(
        string channel, ControlRequest request, CancellationToken cancellationToken)
    {
        var celsius = request.Number("temp_c");
        return celsius is < CelsiusMin or > CelsiusMax
            ? throw new ControlRefusedException(FormattableString.Invariant($"temp_c must be from {CelsiusMin} to {CelsiusMax}"))
            : await runs.TakeAsync(
                channel,
                request.Text("who", CalibrationRecord.ByLengthMax),
                request.Uid,
                request.Number("std"),
                celsius,
                request.OptionalText("lot", StandardReading.TextLengthMax),
                cancellationToken);
    }
}

/// <summary><c>calibration-state</c>: how the calibration of an instrument stands.</summary>
/// <param name="runs">What is being calibrated.</param>
internal sealed class CalibrationStateVerb(CalibrationRuns runs) : IControlVerb
{
    /// <summary>The verb.</summary>
    public const string Verb = "calibration-state";

    /// <inheritdoc/>
    public string Name => Verb;

    /// <inheritdoc/>
    public bool Changes => false;

    /// <inheritdoc/>
    public ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var channel = request.Text("channel", 65);
        return ValueTask.FromResult(runs.Of(channel) is { } run
            ? new ControlAnswer(json => CalibrationRunVerb.Write(json, run, record: null, marked: TimeSpan.Zero, isAwaiting: false))
            : throw new ControlRefusedException($"{channel} is not being calibrated; pond-gateway calibration list shows what it was"));
    }
}
