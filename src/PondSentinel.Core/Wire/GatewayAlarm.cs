using System.Text.Json;
using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Wire;

/// <summary>An alarm that a gateway has raised or ended by itself, without the backend: what an event of the type
/// <see cref="EventType"/> tells whose <c>what</c> is <c>raise</c> or <c>clear</c>.</summary>
public sealed record GatewayAlarm
{
    /// <summary>Type of the events.</summary>
    public const string EventType = "alarm";

    /// <summary>Most characters of <see cref="Alarm"/>: three fewer than of a name, because the backend's rule of it has a name too.
    /// </summary>
    public const int NameLengthMax = 29;

    /// <summary>Most characters of <see cref="Text"/>, of <see cref="Do"/>, and of each in Chinese.</summary>
    public const int TextLengthMax = 200;

    /// <summary>Most characters of <see cref="Statistic"/>, and of <see cref="Unit"/>.</summary>
    public const int StatisticLengthMax = 100;

    /// <summary>Longest that an exceedance can have gone on before it was raised: a year.</summary>
    public const long BeforeMsMax = 366L * 24 * 3600 * 1000;

    /// <summary>Its name, unique within the gateway.</summary>
    public required string Alarm { get; init; }

    /// <summary>Whether it is raised, and not over.</summary>
    public required bool IsRaised { get; init; }

    /// <summary>Station of the probe.</summary>
    public required string Station { get; init; }

    /// <summary>The probe's channel that it watches; its device is the event's.</summary>
    public required string Channel { get; init; }

    /// <summary>What the channel's values are.</summary>
    public required Measurand Measurand { get; init; }

    /// <summary>The number that raised or ended it: the value, or what <see cref="Statistic"/> made of it.</summary>
    public required double Value { get; init; }

    /// <summary>Quality of that value.</summary>
    public required QualityFlag Flag { get; init; }

    /// <summary>Whether the truth lies at <see cref="Value"/> or beyond it: the probe cannot measure so much.</summary>
    public bool IsBound { get; init; }

    /// <summary>The worst number of the exceedance so far.</summary>
    public required double Peak { get; init; }

    /// <summary>Whether the truth lay at <see cref="Peak"/> or beyond it. Gateways of before do not say so.</summary>
    public bool IsPeakBound { get; init; }

    /// <summary>How long before the event's time the exceedance began, ms.</summary>
    public required long BeforeMs { get; init; }

    /// <summary>The bad side of the limits.</summary>
    public required LimitSide Side { get; init; }

    /// <summary>The limit that was passed.</summary>
    public required double RaiseLimit { get; init; }

    /// <summary>The limit that ends it; not on the bad side of <see cref="RaiseLimit"/>.</summary>
    public required double ClearLimit { get; init; }

    /// <summary>How soon somebody has to look.</summary>
    public required Severity Severity { get; init; }

    /// <summary>What it means, for people; null where its settings do not say.</summary>
    public string? Text { get; init; }

    /// <summary>The same in Chinese; null where its settings do not say.</summary>
    public string? TextZh { get; init; }

    /// <summary>What to do about it; null where its settings do not say.</summary>
    public string? Do { get; init; }

    /// <summary>The same in Chinese; null where its settings do not say.</summary>
    public string? DoZh { get; init; }

    /// <summary>What of the channel all numbers here are, for people; null: its values.</summary>
    public string? Statistic { get; init; }

    /// <summary>Their unit, where it is not the measurand's.</summary>
    public string? Unit { get; init; }
}

/// <summary>Alarms of gateways as the bodies of events.</summary>
public static class GatewayAlarmCodec
{
    private const string Raise = "raise";
    private const string Clear = "clear";

    /// <summary>Writes the members of a body.</summary>
    /// <param name="json">Where to, within an object.</param>
    /// <param name="alarm">The alarm.</param>
    public static void Write(Utf8JsonWriter json, GatewayAlarm alarm)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(alarm);
        json.WriteString("what", alarm.IsRaised ? Raise : Clear);
        json.WriteString("alarm", alarm.Alarm);
        json.WriteString("st", alarm.Station);
        json.WriteString("channel", alarm.Channel);
        json.WriteString("m", alarm.Measurand.WireName);
        json.WriteNumber("x", alarm.Value);
        json.WriteNumber("q", (int)alarm.Flag);
        if (alarm.IsBound)
        {
            json.WriteBoolean("bound", true);
        }

        json.WriteNumber("peak", alarm.Peak);
        if (alarm.IsPeakBound)
        {
            json.WriteBoolean("peak_bound", true);
        }

        json.WriteNumber("before_ms", alarm.BeforeMs);
        json.WriteString("side", alarm.Side.Word);
        json.WriteNumber("raise_limit", alarm.RaiseLimit);
        json.WriteNumber("clear_limit", alarm.ClearLimit);
        json.WriteString("severity", alarm.Severity.Word);
        json.WriteOptional("text", WireText.Clean(alarm.Text, GatewayAlarm.TextLengthMax));
        json.WriteOptional("text_zh", WireText.Clean(alarm.TextZh, GatewayAlarm.TextLengthMax));
        json.WriteOptional("do", WireText.Clean(alarm.Do, GatewayAlarm.TextLengthMax));
        json.WriteOptional("do_zh", WireText.Clean(alarm.DoZh, GatewayAlarm.TextLengthMax));
        json.WriteOptional("stat", WireText.Clean(alarm.Statistic, GatewayAlarm.StatisticLengthMax));
        json.WriteOptional("unit", WireText.Clean(alarm.Unit, GatewayAlarm.StatisticLengthMax));
    }

    /// <summary>Whether a body tells that an alarm is raised or over: nothing else of it is read.</summary>
    /// <param name="body">The body of an event of <see cref="GatewayAlarm.EventType"/>.</param>
    public static bool Holds(JsonElement body) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty("what", out var what)
        && what.ValueKind == JsonValueKind.String && what.GetString() is Raise or Clear;

    private static bool IsAlarm(string name) => Names.IsName(name) && name.Length <= GatewayAlarm.NameLengthMax;

    /// <summary>Reads a body.</summary>
    /// <param name="body">The body of an event that <see cref="EventCodec"/> has read, hostile until shown otherwise.</param>
    public static Decoded<GatewayAlarm> Read(JsonElement body)
    {
        var top = Node.Top(body);
        var measurand = Measurand.Ph;
        var severity = Severity.Info;
        var what = top.Token("what", word => word is Raise or Clear, "raise or clear");
        top.Token("m", name => MeasurandNames.TryParse(name, out measurand), "a measurand that is known here");
        top.Token("severity", word => Severities.ByWord.TryGetValue(word, out severity), "a severity");
        var side = top.Token("side", word => word == LimitSide.Above.Word || word == LimitSide.Below.Word, "above or below");
        var alarm = new GatewayAlarm
        {
            Alarm = top.Token("alarm", IsAlarm, "a name of [a-z0-9-]{1,29}"),
            IsRaised = what == Raise,
            Station = top.NameIn("st"),
            Channel = top.NameIn("channel"),
            Measurand = measurand,
            Value = top.Number("x"),
            Flag = (QualityFlag)top.Integer("q", (int)QualityFlag.Good, (int)QualityFlag.Suspect),
            IsBound = top.OptionalFlag("bound") == true,
            Peak = top.Number("peak"),
            IsPeakBound = top.OptionalFlag("peak_bound") == true,
            BeforeMs = top.Integer("before_ms", 0, GatewayAlarm.BeforeMsMax),
            Side = side == LimitSide.Below.Word ? LimitSide.Below : LimitSide.Above,
            RaiseLimit = top.Number("raise_limit"),
            ClearLimit = top.Number("clear_limit"),
            Severity = severity,
            Text = top.OptionalText("text", GatewayAlarm.TextLengthMax),
            TextZh = top.OptionalText("text_zh", GatewayAlarm.TextLengthMax),
            Do = top.OptionalText("do", GatewayAlarm.TextLengthMax),
            DoZh = top.OptionalText("do_zh", GatewayAlarm.TextLengthMax),
            Statistic = top.OptionalText("stat", GatewayAlarm.StatisticLengthMax),
            Unit = top.OptionalText("unit", GatewayAlarm.StatisticLengthMax),
        };
        if (top.FirstFault is null && (alarm.Side == LimitSide.Above ? alarm.ClearLimit > alarm.RaiseLimit : alarm.ClearLimit < alarm.RaiseLimit))
        {
            top.Refuse("clear_limit lies on the bad side of raise_limit");
        }

        return top.FirstFault is { } fault ? new Decoded<GatewayAlarm>(null, fault) : new Decoded<GatewayAlarm>(alarm, null);
    }
}
