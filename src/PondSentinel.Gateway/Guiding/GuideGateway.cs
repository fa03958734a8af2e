using System.Text;
using System.Text.Json;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Diagnosis;
using PondSentinel.Measurements;

namespace PondSentinel.Gateway.Guiding;

/// <summary>Asks a running gateway: <see cref="ControlClient.AskAsync"/>.</summary>
/// <param name="verb">The verb.</param>
/// <param name="write">Writes the members of the request's body.</param>
/// <param name="patience">How long the answer may take.</param>
/// <param name="cancellationToken">Ends the wait.</param>
internal delegate Task<ControlReply> GuideAsk(string verb, Action<Utf8JsonWriter> write, TimeSpan patience, CancellationToken cancellationToken);

/// <summary>A standard of an instrument's own recipe.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="MayDiffer">Whether the instrument can be told another value, that of the bottle at its temperature.</param>
/// <param name="IsOptional">Whether it may be left out.</param>
/// <param name="Soak">How long the probe stays in it before the instrument is told.</param>
internal sealed record RecipeStandard(string Name, double Value, bool MayDiffer, bool IsOptional, TimeSpan Soak);

/// <summary>What is known of a channel before it is calibrated.</summary>
/// <param name="Newest">The record in force; null where there is none.</param>
/// <param name="IsDoubted">Whether the channel is in doubt.</param>
/// <param name="Recipe">The standards that the instrument is told of; none where the gateway calibrates it.</param>
/// <param name="Before">Who was guided last, and was heard of when; null where nobody was within the hour.</param>
internal sealed record GuideLook(
    CalibrationRecord? Newest, bool IsDoubted, IReadOnlyList<RecipeStandard> Recipe, (string Who, TimeSpan Ago, IReadOnlyList<VisitPoint> Points)? Before);

/// <summary>What a probe shows.</summary>
/// <param name="Raw">The raw number; null where it gives none.</param>
/// <param name="Shown">Its value by the calibration in force; null where there is none.</param>
/// <param name="Celsius">Its temperature, °C; null where it has none.</param>
/// <param name="Hint">What is wrong with it and what to do; null where nothing is.</param>
internal sealed record GuideReading(double? Raw, double? Shown, double? Celsius, string? Hint);

/// <summary>How an instrument's own calibration stands.</summary>
/// <param name="Taken">Names of the standards that it was told of.</param>
/// <param name="MayEnd">Whether those that are left may be left out.</param>
/// <param name="Record">What it has come to; null where it goes on, or came to nothing.</param>
internal sealed record GuideRun(IReadOnlyList<string> Taken, bool MayEnd, CalibrationRecord? Record);

/// <summary>What a guide asks of the gateway.</summary>
/// <param name="ask">Asks it.</param>
/// <param name="channel">The channel.</param>
/// <param name="who">Who is guided.</param>
/// <param name="language">In which language hints are wanted.</param>
internal sealed class GuideGateway(GuideAsk ask, CalibratedChannel channel, string who, Language language)
{
    // A probe stays in a standard for some minutes and has five to settle.
    private static readonly TimeSpan RunPatience = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan ReadPatience = TimeSpan.FromMinutes(2);

    private long visit;

    /// <summary>What is known of the channel.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ControlRefusedException">The gateway does not say; the message says why. The same for all that follow.</exception>
    public async Task<GuideLook> LookAsync(CancellationToken cancellationToken)
    {
        var body = await AskAsync(CalibrationLookVerb.Verb, static _ => { }, ControlClient.Patience, cancellationToken);
        var before = body.TryGetProperty("visit", out var last) && last.GetProperty("channel").GetString() == channel.Name
            ? (last.GetProperty("who").GetString()!, TimeSpan.FromSeconds(last.GetProperty("ago_s").GetInt64()), VisitJson.Read(last.GetProperty("points")) ?? [])
            : ((string, TimeSpan, IReadOnlyList<VisitPoint>)?)null;
        return new GuideLook(
            Record(body, "newest"),
            body.GetProperty("doubted").GetBoolean(),
            [
                .. body.GetProperty("standards").EnumerateArray().Select(standard => new RecipeStandard(
                    standard.GetProperty("name").GetString()!, standard.GetProperty("std").GetDouble(), standard.GetProperty("may_differ").GetBoolean(),
                    standard.GetProperty("optional").GetBoolean(), TimeSpan.FromSeconds(standard.GetProperty("soak_s").GetInt64()))),
            ],
            before);
    }

    /// <summary>Begins: from now on the values of the device are marked.</summary>
    /// <param name="points">What was taken before.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task BeginAsync(IReadOnlyList<VisitPoint> points, CancellationToken cancellationToken) =>
        visit = (await VisitAsync("begin", json => WritePoints(json, points), cancellationToken)).GetProperty("visit").GetInt64();

    /// <summary>Has the gateway keep what was taken, for when the link breaks.</summary>
    /// <param name="points">All that was taken.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task KeepAsync(IReadOnlyList<VisitPoint> points, CancellationToken cancellationToken) =>
        VisitAsync("keep", json => WritePoints(json, points), cancellationToken);

    /// <summary>Ends.</summary>
    /// <param name="isInWater">Whether the probe hangs in the water again.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How long the values of the device are still marked.</returns>
    public async Task<TimeSpan> EndAsync(bool isInWater, CancellationToken cancellationToken) => TimeSpan.FromSeconds(
        (await VisitAsync("end", json => json.WriteBoolean("in_water", isInWater), cancellationToken)).GetProperty("marked_s").GetInt64());

    /// <summary>Reads the probe.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<GuideReading> ReadAsync(CancellationToken cancellationToken)
    {
        var body = await AskAsync(CalibrationReadingVerb.Verb, json => json.WriteNumber("visit", visit), ReadPatience, cancellationToken);
        var device = body.GetProperty("devices")[0];
        double? raw = null, shown = null, celsius = null;
        foreach (var value in device.GetProperty("values").EnumerateArray())
        {
            var number = value.GetProperty("x") is { ValueKind: JsonValueKind.Number } x ? x.GetDouble() : (double?)null;
            if (value.GetProperty("channel").GetString() == channel.Name)
            {
                shown = number;
                raw = value.TryGetProperty("raw", out var before) ? before.GetDouble() : number;
            }
            else if (value.GetProperty("m").GetString() == Measurand.WaterTemperature.WireName)
            {
                celsius ??= number;
            }
        }

        var hint = device.TryGetProperty(language == Language.Chinese ? "hint_zh" : "hint", out var told) ? told.GetString() : null;
        return new GuideReading(raw, shown, celsius, hint);
    }

    /// <summary>What would become of readings.</summary>
    /// <param name="draft">The readings.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<CalibrationRecord> JudgeAsync(CalibrationDraft draft, CancellationToken cancellationToken) =>
        RecordAsync(CalibrationJudgeVerb.Verb, draft, cancellationToken);

    /// <summary>Has the gateway judge and keep readings.</summary>
    /// <param name="draft">The readings.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<CalibrationRecord> AddAsync(CalibrationDraft draft, CancellationToken cancellationToken) =>
        RecordAsync(CalibrationAddVerb.Verb, draft, cancellationToken);

    /// <summary>How the instrument's own calibration stands.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null where none goes on.</returns>
    public async Task<GuideRun?> StateAsync(CancellationToken cancellationToken) =>
        await ask(CalibrationStateVerb.Verb, WriteChannel, ControlClient.Patience, cancellationToken) is ControlReply.Done(var body) ? Run(body) : null;

    /// <summary>Takes the instrument through the standard that it stands in.</summary>
    /// <param name="standard">Value of the standard.</param>
    /// <param name="celsius">Its temperature, °C.</param>
    /// <param name="lot">The lot on the bottle.</param>
    /// <param name="cancellationToken">Ends the wait; the gateway goes on.</param>
    public Task<GuideRun> TakeAsync(double standard, double celsius, string? lot, CancellationToken cancellationToken) => RunAsync(
        "standard",
        json =>
        {
            json.WriteNumber("std", standard);
            json.WriteNumber("temp_c", celsius);
            json.WriteString("lot", lot);
        },
        cancellationToken);

    /// <summary>Ends the instrument's own calibration, or gives it up.</summary>
    /// <param name="what"><c>end</c> or <c>abandon</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<GuideRun> CloseAsync(string what, CancellationToken cancellationToken) => RunAsync(what, static _ => { }, cancellationToken);

    private static GuideRun Run(JsonElement body) => new(
        [.. body.GetProperty("taken").EnumerateArray().Select(step => step.GetProperty("name").GetString()!)],
        body.GetProperty("may_end").GetBoolean(),
        Record(body, "record"));

    private static CalibrationRecord? Record(JsonElement body, string member) =>
        body.TryGetProperty(member, out var told) ? CalibrationCodec.Decode(Encoding.UTF8.GetBytes(told.GetRawText())).Value : null;

    private static void WritePoints(Utf8JsonWriter json, IReadOnlyList<VisitPoint> points)
    {
        json.WriteStartObject("taken");
        VisitJson.Write(json, points);
        json.WriteEndObject();
    }

    private void WriteChannel(Utf8JsonWriter json) => json.WriteString("channel", channel.Name);

    private async Task<GuideRun> RunAsync(string what, Action<Utf8JsonWriter> write, CancellationToken cancellationToken) => Run(await AskAsync(
        CalibrationRunVerb.Verb,
        json =>
        {
            json.WriteString("do", what);
            json.WriteString("who", who);
            write(json);
        },
        RunPatience,
        cancellationToken));

    private Task<JsonElement> VisitAsync(string what, Action<Utf8JsonWriter> write, CancellationToken cancellationToken) => AskAsync(
        CalibrationVisitVerb.Verb,
        json =>
        {
            json.WriteString("do", what);
            json.WriteString("who", who);
            json.WriteNumber("visit", Math.Max(1, visit));
            write(json);
        },
        ControlClient.Patience,
        cancellationToken);

    private async Task<CalibrationRecord> RecordAsync(string verb, CalibrationDraft draft, CancellationToken cancellationToken)
    {
        // The gateway judges them itself, by what is in force there.
        var sent = CalibrationCodec.Encode(draft.Complete(channel, [], static _ => false));
        var body = await AskAsync(
            verb,
            json =>
            {
                json.WritePropertyName("record");
                json.WriteRawValue(sent);
            },
            ControlClient.Patience,
            cancellationToken);
        return Record(body, "record") ?? throw new ControlRefusedException("the gateway gave no record that can be read; pond-gateway calibration list shows what was kept");
    }

    private async Task<JsonElement> AskAsync(string verb, Action<Utf8JsonWriter> write, TimeSpan patience, CancellationToken cancellationToken) => await ask(
        verb,
        json =>
        {
            WriteChannel(json);
            write(json);
        },
        patience,
        cancellationToken) switch
    {
        ControlReply.Done(var body) => body,
        ControlReply.NotDone(var why) => throw new ControlRefusedException(why),
        _ => throw new InvalidOperationException("Not a defined reply."),
    };
}
