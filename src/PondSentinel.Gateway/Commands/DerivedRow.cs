using System.Globalization;
using PondSentinel.Derivation;
using PondSentinel.Gateway.Derivation;
using PondSentinel.Measurements;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary>The derived channels of a recorded series, row by row.</summary>
internal sealed class DerivedRow
{
    private const string FlagSuffix = ".flag";

    private readonly IReadOnlyList<DerivedChannelOptions> channels;
    private readonly IReadOnlyList<string> columns;
    private readonly DerivedRun[] runs;
    private readonly int[][] places;
    private readonly int[] flagOf;
    private readonly JudgedValue[] values;

    /// <summary>Begins.</summary>
    /// <param name="file">What is computed.</param>
    /// <param name="columns">The columns of the series.</param>
    public DerivedRow(ChannelsOfFile file, IReadOnlyList<string> columns)
    {
        (channels, this.columns) = (file.Channels, columns);
        var names = columns.ToList();
        places = [.. channels.Select(channel => channel.Sources.Select(source => source is null ? -1 : names.IndexOf(source)).ToArray())];
        flagOf = [.. names.Select(name => names.IndexOf(name + FlagSuffix))];
        values = new JudgedValue[channels.Count];
        runs =
        [
            .. channels.Select(channel => new DerivedRun(new FormulaSetting(
                channel.Formula,
                [.. channel.Sources.Select(source => source is null ? (Measurand?)null : file.Columns[source])],
                channel.Constants,
                file.Interval,
                channel.Period))),
        ];
    }

    /// <summary>The names of what is printed, as a line of CSV.</summary>
    public string Head => string.Join(',', channels.Select(channel => $"{channel.Id},{channel.Id}{FlagSuffix},{channel.Id}.why").Prepend("time"));

    /// <summary>The first column of flags that holds something else; null where none does.</summary>
    /// <param name="row">The values of the columns.</param>
    public string? FaultIn(ReadOnlySpan<double> row)
    {
        foreach (var column in flagOf)
        {
            if (column >= 0 && !double.IsNaN(row[column]) && !(row[column] is 1 or 2 or 3 or 4 or 9))
            {
                return columns[column];
            }
        }

        return null;
    }

    /// <summary>Computes the channels of a row.</summary>
    /// <param name="ms">Its time, UTC ms.</param>
    /// <param name="row">The values of the columns.</param>
    public void Step(long ms, ReadOnlySpan<double> row)
    {
        for (var i = 0; i < runs.Length; i++)
        {
            var inputs = new JudgedValue[places[i].Length];
            for (var input = 0; input < inputs.Length; input++)
            {
                inputs[input] = places[i][input] is var place and >= 0 ? Judged(row, place) : default;
            }

            values[i] = runs[i].Step(ms, inputs);
        }
    }

    /// <summary>The row as a line of CSV.</summary>
    /// <param name="ms">Its time, UTC ms.</param>
    public string Line(long ms) => string.Join(',', values.Select(value => string.Create(
        CultureInfo.InvariantCulture, $"{value.Value:R},{(int)value.Flag},{string.Join(' ', WhyTokens.Tokens(value.Why))}")).Prepend(IsoTime.Text(ms)));

    /// <summary>The row as a line of JSON.</summary>
    /// <param name="ms">Its time, UTC ms.</param>
    public string Json(long ms) => JsonLine.Of(json =>
    {
        json.WriteString("time", IsoTime.Text(ms));
        for (var i = 0; i < values.Length; i++)
        {
            json.WriteStartObject(channels[i].Id);
            if (values[i].Value is { } number)
            {
                json.WriteNumber("value", number);
            }
            else
            {
                json.WriteNull("value");
            }

            json.WriteNumber("flag", (int)values[i].Flag);
            JsonLine.Texts(json, "why", WhyTokens.Tokens(values[i].Why));
            json.WriteEndObject();
        }
    });

    private JudgedValue Judged(ReadOnlySpan<double> row, int column)
    {
        var flag = flagOf[column] is var at and >= 0 && !double.IsNaN(row[at]) ? (QualityFlag)(int)row[at] : QualityFlag.Good;
        return double.IsFinite(row[column]) && flag != QualityFlag.Missing ? new(row[column], flag) : new(null, QualityFlag.Missing);
    }
}
