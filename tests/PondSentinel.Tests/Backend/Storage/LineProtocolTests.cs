using System.Buffers;
using System.Globalization;
using System.Text;
using CsCheck;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Storage;

public sealed class LineProtocolTests
{
    private static readonly Point Plain = new()
    {
        Measurand = Measurand.Ph,
        Site = "gz",
        Station = "pond-a",
        Gateway = "gz-07",
        Device = "pond1",
        Channel = "ph",
        TimeNs = 1_767_225_600_000_481_233,
        Epoch = "7q2mzk4a",
        Sequence = 481_233,
        Clock = ClockSource.Ntp,
        Value = new ChannelValue { Channel = "ph", Measurand = Measurand.Ph, Value = 7.11, Flag = QualityFlag.Good },
    };

    [Fact]
    public void Plain_point() => Assert.Equal(
        "ph,channel=ph,device=pond1,gw=gz-07,site=gz,station=pond-a value=7.11,qc=1i,seq=481233i,ep=\"7q2mzk4a\",clk=\"ntp\",cal=\"\",why=\"\" 1767225600000481233\n",
        Line(Plain));

    [Fact]
    public void Thinned_point_with_everything() => Assert.Equal(
        "ph,channel=ph,device=pond1,gw=gz-07,site=gz,station=pond-a value=7,raw=-412.5,lo=1E-07,hi=1E+300,qc=3i,seq=481233i,ep=\"7q2mzk4a\",clk=\"est\",cal=\"c17\",why=\"over-range,est-time\" 1767225600000481233\n",
        Line(Plain with
        {
            Clock = ClockSource.Est,
            Value = Plain.Value with
            {
                Value = 7, Raw = -412.5, Low = 1e-7, High = 1e300, Count = 4, Flag = QualityFlag.Suspect, Calibration = "c17",
                Why = Why.OverRange | Why.EstimatedTime,
            },
        }));

    [Fact]
    public void Missing_value() => Assert.Equal(
        "ph,channel=ph,device=pond1,gw=gz-07,site=gz,station=pond-a qc=9i,seq=481233i,ep=\"7q2mzk4a\",clk=\"ntp\",cal=\"\",why=\"no-answer\" -5\n",
        Line(Plain with
        {
            TimeNs = -5,
            Value = Plain.Value with { Value = null, Flag = QualityFlag.Missing, Why = Why.NoAnswer },
        }));

    [Fact]
    public void Text_that_would_break_a_line_is_escaped() => Assert.Equal(
        "ph,channel=p\\ h,device=po\\,nd,gw=g\\=z,site=g_z,station=a_b value=7.11,qc=1i,seq=481233i,ep=\"7q2mzk4a\",clk=\"ntp\",cal=\"say \\\"hi\\\" \\\\ there\",why=\"\" 1767225600000481233\n",
        Line(Plain with
        {
            Channel = "p h", Device = "po,nd", Gateway = "g=z", Site = "g\\z", Station = "a\nb",
            Value = Plain.Value with { Calibration = "say \"hi\" \\\nthere" },
        }));

    [Fact]
    public void Any_numbers_and_any_text_come_back_from_a_reader_of_lines() =>
        Gen.Select(Gen.Double, Gen.Double, Gen.Long, Gen.String[Gen.Char["a,= \\\"\n\rµ\t"], 0, 20], Gen.String[Gen.Char["ab,= "], 1, 8])
            .Sample((value, raw, timeNs, calibration, channel) =>
            {
                var point = Plain with
                {
                    Channel = channel,
                    TimeNs = timeNs,
                    Value = Plain.Value with { Value = value, Raw = raw, Calibration = calibration },
                };
                var read = LineReader.Read(Line(point));
                Assert.Equal("ph", read.Measurement);
                Assert.Equal(channel, read.Tags["channel"]);
                Assert.Equal(5, read.Tags.Count);
                Assert.Equal(timeNs, read.TimeNs);
                Assert.Equal(double.IsFinite(value) ? value : null, Number("value"));
                Assert.Equal(double.IsFinite(raw) ? raw : null, Number("raw"));
                Assert.Equal(
                    $"\"{calibration.Replace('\n', ' ').Replace('\r', ' ')}\"", read.Fields["cal"]);

                double? Number(string field) => read.Fields.TryGetValue(field, out var text)
                    ? double.Parse(text, CultureInfo.InvariantCulture)
                    : null;
            });

    private static string Line(Point point)
    {
        var lines = new ArrayBufferWriter<byte>();
        LineProtocol.Append(lines, point);
        return Encoding.UTF8.GetString(lines.WrittenSpan);
    }

    /// <summary>Reads one line by the rules of InfluxDB: a backslash escapes only comma, equals and space outside quotes, and
    /// only quote and backslash within.</summary>
    private sealed record LineReader(
        string Measurement, Dictionary<string, string> Tags, Dictionary<string, string> Fields, long TimeNs)
    {
        public static LineReader Read(string line)
        {
            Assert.Equal('\n', line[^1]);
            var at = 0;
            var measurement = Word(line, ref at, ", ");
            Dictionary<string, string> tags = [];
            while (line[at] == ',')
            {
                at++;
                var key = Word(line, ref at, "=");
                at++;
                tags.Add(key, Word(line, ref at, ", "));
            }

            Dictionary<string, string> fields = [];
            do
            {
                at++;
                var key = Word(line, ref at, "=");
                at++;
                fields.Add(key, line[at] == '"' ? Quoted(line, ref at) : Word(line, ref at, ", "));
            }
            while (line[at] == ',');

            return new LineReader(measurement, tags, fields, long.Parse(line[(at + 1)..^1], CultureInfo.InvariantCulture));
        }

        private static string Word(string line, ref int at, string ends)
        {
            var word = new StringBuilder();
            for (; !ends.Contains(line[at], StringComparison.Ordinal); at++)
            {
                Assert.NotEqual('\n', line[at]);
                if (line[at] == '\\' && ",= ".Contains(line[at + 1], StringComparison.Ordinal))
                {
                    at++;
                }

                word.Append(line[at]);
            }

            return word.ToString();
        }

        private static string Quoted(string line, ref int at)
        {
            var text = new StringBuilder("\"");
            for (at++; line[at] != '"'; at++)
            {
                if (line[at] == '\\' && line[at + 1] is '"' or '\\')
                {
                    at++;
                }

                text.Append(line[at]);
            }

            at++;
            return text.Append('"').ToString();
        }
    }
}
