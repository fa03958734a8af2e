using System.Text.Json;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Fieldwork;

/// <summary>A channel's value as people and programs are told of it at the site.</summary>
internal static class ChannelText
{
    /// <summary>Writes a value, with its unit, flag and reasons in words.</summary>
    /// <param name="json">Where to, within an object.</param>
    /// <param name="value">The value.</param>
    public static void WriteMembers(Utf8JsonWriter json, ChannelValue value)
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
        json.WriteStartArray("why");
        foreach (var token in WhyTokens.Tokens(value.Why))
        {
            json.WriteStringValue(token);
        }

        json.WriteEndArray();
    }

    /// <summary>A flag in a word.</summary>
    /// <param name="flag">The flag.</param>
    public static string Word(QualityFlag flag) => flag switch
    {
        QualityFlag.Good => "good",
        QualityFlag.NotEvaluated => "not-evaluated",
        QualityFlag.Suspect => "suspect",
        QualityFlag.Fail => "fail",
        _ => "missing",
    };
}
