using System.Text.Json;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Measurements;
using PondSentinel.Terminal;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Fieldwork;

/// <summary>A channel's value as people and programs are told of it at the site.</summary>
internal static class ChannelText
{
    /// <summary>Writes what is wrong with a device, and what to look at first; nothing where nothing is.</summary>
    /// <param name="json">Where to, within an object.</param>
    /// <param name="device">The device.</param>
    /// <param name="reading">What came of asking it.</param>
    public static void WriteTrouble(Utf8JsonWriter json, PolledDevice device, Reading reading)
    {
        if (DeviceTrouble.In(reading) is not { } trouble)
        {
            return;
        }

        json.WriteString("fault", trouble.Token);
        json.WriteString("detail", EventJson.Cut(reading switch
        {
            Reading.Failed failed => failed.Detail,
            Reading.Measured measured => measured.Outputs.FirstOrDefault(output => output.Detail is not null).Detail ?? "",
            _ => "",
        }));
        var isPart = trouble.Outputs.Length > 0;
        json.WriteString("hint", FaultHints.For(trouble.Fault, device.Where, device.Line, device.SharesLine, isPart));
        json.WriteString("hint_zh", FaultHintsChinese.For(trouble.Fault, device.Where, device.Line, device.SharesLine, isPart));
    }

    /// <summary>Writes values, each with its unit, flag and reasons in words.</summary>
    /// <param name="json">Where to, within an object.</param>
    /// <param name="device">The device.</param>
    /// <param name="values">The values.</param>
    public static void WriteValues(Utf8JsonWriter json, string device, IEnumerable<ChannelValue> values)
    {
        json.WriteStartArray("values");
        foreach (var value in values)
        {
            json.WriteStartObject();
            json.WriteString("channel", LatestNumbers.Reference(device, value.Channel));
            WriteMembers(json, value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteMembers(Utf8JsonWriter json, ChannelValue value)
    {
        if (value.Value is { } number)
        {
            json.WriteNumber("x", number);
        }
        else
        {
            json.WriteNull("x");
        }

        if (value.Raw is { } raw)
        {
            json.WriteNumber("raw", raw);
        }

        if (value.Calibration is { } calibration)
        {
            json.WriteString("calibration", calibration);
        }

        json.WriteString("unit", value.Measurand.Unit);
        json.WriteString("m", value.Measurand.WireName);
        json.WriteString("flag", Word(value.Flag));
        JsonLine.Texts(json, "why", WhyTokens.Tokens(value.Why));
    }

    private static string Word(QualityFlag flag) => flag switch
    {
        QualityFlag.Good => "good",
        QualityFlag.NotEvaluated => "not-evaluated",
        QualityFlag.Suspect => "suspect",
        QualityFlag.Fail => "fail",
        _ => "missing",
    };
}
