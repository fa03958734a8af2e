using System.Buffers;
using System.Globalization;
using System.Text;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Storage;

/// <summary>Points as lines for InfluxDB, UTF-8. README.md of this folder tells the form.</summary>
/// <remarks>
/// <c>why</c> and <c>cal</c> are always written, empty where there are none: InfluxDB keeps a field of an earlier point of
/// the same key where the new one lacks it, and a revision must be able to take a reason back.
/// </remarks>
internal static class LineProtocol
{
    // Names of tags and fields, and eight numbers of at most 24 characters.
    private const int FixedBytesMax = 384;

    // A character is at most 3 bytes of UTF-8, and one that is escaped takes 2.
    private const int BytesPerCharacterMax = 3;

    private static readonly SearchValues<char> TagSpecial = SearchValues.Create(",= \\\n\r\t");
    private static readonly SearchValues<char> TextSpecial = SearchValues.Create("\"\\\n\r");

    /// <summary>A line that every server takes, if it takes any.</summary>
    /// <param name="lines">Receives it.</param>
    /// <param name="now">Its time; of a time that every retention keeps.</param>
    public static void AppendProbe(IBufferWriter<byte> lines, DateTimeOffset now)
    {
        var line = new Line(lines.GetSpan(FixedBytesMax));
        line.Put("pondsentinel_probe ok=1i "u8);
        line.Put(now.ToUnixTimeMilliseconds());
        line.Put("000000\n"u8);
        lines.Advance(line.Length);
    }

    /// <summary>Appends one line, with its line end.</summary>
    public static void Append(IBufferWriter<byte> lines, Point point)
    {
        var why = PointText.OfWhy(point.Value.Why);
        var calibration = point.Value.Calibration ?? "";
        var series = SeriesKey.Of(point);
        var texts = LengthOf(series) + point.Epoch.Length + calibration.Length + why.Length;
        var line = new Line(lines.GetSpan(FixedBytesMax + (texts * BytesPerCharacterMax)));
        line.PutTag(point.Measurand.WireName);
        line.PutTags(series);
        line.Put(" "u8);
        line.PutField("value="u8, point.Value.Value);
        line.PutField("raw="u8, point.Value.Raw);
        line.PutField("lo="u8, point.Value.Low);
        line.PutField("hi="u8, point.Value.High);
        line.Put("qc="u8);
        line.Put((int)point.Value.Flag);
        line.Put("i,seq="u8);
        line.Put(point.Sequence);
        line.Put("i,ep=\""u8);
        line.PutText(point.Epoch);
        line.Put("\",clk=\""u8);
        line.PutText(point.Clock.Token);
        line.Put("\",cal=\""u8);
        line.PutText(calibration);
        line.Put("\",why=\""u8);
        line.PutText(why);
        line.End(lines, point.TimeNs);
    }

    /// <summary>Appends the line of a number that was computed anew, with its line end; other fields of the point stay as they are.
    /// </summary>
    public static void Append(IBufferWriter<byte> lines, SeriesKey series, AdjustedPoint point)
    {
        var texts = LengthOf(series) + point.Calibration.Length;
        var line = new Line(lines.GetSpan(FixedBytesMax + (texts * BytesPerCharacterMax)));
        line.PutTag(series.Measurand.WireName);
        line.PutTags(series);
        line.Put(" "u8);
        line.PutField("adj="u8, point.Value);
        line.Put("adj_cal=\""u8);
        line.PutText(point.Calibration);
        line.End(lines, point.TimeNs);
    }

    /// <summary>Appends the line of a day, with its line end.</summary>
    public static void Append(IBufferWriter<byte> lines, DayPoint day)
    {
        var texts = DayPoint.Measurement.Length + day.Channel.Length + day.Device.Length + day.Gateway.Length + day.Site.Length + day.Station.Length;
        var line = new Line(lines.GetSpan(FixedBytesMax + (texts * BytesPerCharacterMax)));
        line.PutTag(DayPoint.Measurement);
        line.PutTagUnlessEmpty(",channel="u8, day.Channel);
        line.PutTagUnlessEmpty(",device="u8, day.Device);
        line.PutTagUnlessEmpty(",gw="u8, day.Gateway);
        line.PutTagUnlessEmpty(",site="u8, day.Site);
        line.PutTagUnlessEmpty(",station="u8, day.Station);
        lines.Advance(line.Length);
        var before = " "u8;
        foreach (var (name, count) in day.Fields)
        {
            line = new Line(lines.GetSpan(FixedBytesMax + (name.Length * BytesPerCharacterMax)));
            line.Put(before);
            line.PutText(name);
            line.Put("="u8);
            line.Put(count);
            line.Put("i"u8);
            lines.Advance(line.Length);
            before = ","u8;
        }

        line = new Line(lines.GetSpan(FixedBytesMax));
        line.Put(" "u8);
        line.Put(day.StartMs);
        line.Put("000000\n"u8);
        lines.Advance(line.Length);
    }

    /// <summary>Appends the line of a grab sample, with its line end.</summary>
    public static void Append(IBufferWriter<byte> lines, SamplePoint sample)
    {
        var beside = sample.Beside;
        var texts = SamplePoint.Measurement.Length + LengthOf(beside) + (2 * sample.Method.Length)
            + (2 * (sample.Who.Length + sample.Laboratory.Length + sample.Note.Length)) + sample.Epoch.Length;
        var line = new Line(lines.GetSpan(FixedBytesMax + (texts * BytesPerCharacterMax)));
        line.PutTag(SamplePoint.Measurement);
        line.PutTags(beside, ",method="u8, sample.Method);
        line.Put(" "u8);
        line.PutField("value="u8, sample.Value);
        line.Put("seq="u8);
        line.Put(sample.Sequence);
        line.Put("i,ep=\""u8);
        line.PutText(sample.Epoch);
        line.Put("\",who=\""u8);
        line.PutText(sample.Who);
        line.Put("\",lab=\""u8);
        line.PutText(sample.Laboratory);
        line.Put("\",note=\""u8);
        line.PutText(sample.Note);
        line.End(lines, sample.TimeNs);
    }

    /// <summary>Appends the line of an episode, with its line end.</summary>
    public static void Append(IBufferWriter<byte> lines, EpisodePoint episode)
    {
        var of = episode.Of;
        var texts = EpisodePoint.Measurement.Length + LengthOf(of) + episode.Rule.Length
            + (2 * (episode.Id.Length + episode.Standing.Length + episode.Severity.Length + episode.Summary.Length));
        var line = new Line(lines.GetSpan(FixedBytesMax + (texts * BytesPerCharacterMax)));
        line.PutTag(EpisodePoint.Measurement);
        line.PutTags(of, ",rule="u8, episode.Rule);
        line.Put(" "u8);
        line.PutField("peak="u8, episode.Peak);
        line.Put(episode.IsPeakBound ? "peak_bound=true,since_ms="u8 : "peak_bound=false,since_ms="u8);
        line.Put(episode.SinceMs);
        line.Put("i,raised_ms="u8);
        line.Put(episode.RaisedMs);
        line.Put("i,cleared_ms="u8);
        line.Put(episode.ClearedMs);
        line.Put("i,notices="u8);
        line.Put(episode.Notices);
        line.Put("i,id=\""u8);
        line.PutText(episode.Id);
        line.Put("\",standing=\""u8);
        line.PutText(episode.Standing);
        line.Put("\",severity=\""u8);
        line.PutText(episode.Severity);
        line.Put("\",summary=\""u8);
        line.PutText(episode.Summary);
        line.End(lines, episode.TimeNs);
    }

    /// <summary>Appends the line of a calibration, with its line end.</summary>
    public static void Append(IBufferWriter<byte> lines, CalibrationPoint calibration)
    {
        var texts = CalibrationPoint.Measurement.Length + LengthOf(calibration.Of) + calibration.Id.Length + (2 * calibration.Text.Length);
        var line = new Line(lines.GetSpan(FixedBytesMax + (texts * BytesPerCharacterMax)));
        line.PutTag(CalibrationPoint.Measurement);
        line.PutTags(calibration.Of, default, "");
        line.Put(calibration.IsAccepted ? " accepted=true,id=\""u8 : " accepted=false,id=\""u8);
        line.PutText(calibration.Id);
        line.Put("\",what=\""u8);
        line.PutText(calibration.Text);
        line.End(lines, calibration.TimeNs);
    }

    /// <summary>Appends the line of an average, with its line end. A value that is taken back stays in the server's point, which
    /// merges fields: the state tells.</summary>
    public static void Append(IBufferWriter<byte> lines, AveragePoint average)
    {
        var of = average.Of;
        var texts = AveragePoint.Measurement.Length + LengthOf(of) + average.Average.Length;
        var line = new Line(lines.GetSpan(FixedBytesMax + (texts * BytesPerCharacterMax)));
        line.PutTag(AveragePoint.Measurement);
        line.Put(",average="u8);
        line.PutTag(average.Average);
        line.PutTags(of, default, "");
        line.Put(" "u8);
        line.PutField("value="u8, average.Value);
        line.PutField("mean="u8, average.Mean);
        line.Put("hours="u8);
        line.Put(average.Hours);
        line.Put("i,needed="u8);
        line.Put(average.Needed);
        line.Put("i,length="u8);
        line.Put(average.Length);
        line.Put("i,state=\""u8);
        line.PutText(average.State);
        line.End(lines, average.EndMs * 1_000_000);
    }

    /// <summary>Appends the line of a mean, with its line end.</summary>
    public static void Append(IBufferWriter<byte> lines, MeanPoint mean)
    {
        var line = new Line(lines.GetSpan(FixedBytesMax + (LengthOf(mean.Of) * BytesPerCharacterMax)));
        line.PutTag(mean.Resolution.Measurement);
        line.PutTags(mean.Of, default, "");
        line.Put(" "u8);
        line.PutField("mean="u8, mean.Value.Mean);
        line.PutField("min="u8, mean.Value.Min);
        line.PutField("max="u8, mean.Value.Max);
        line.PutField("adj="u8, mean.Value.Adjusted);
        line.Put("records="u8);
        line.Put(mean.Value.Records);
        line.Put("i,count="u8);
        line.Put(mean.Value.Count);
        line.Put("i,worst="u8);
        line.Put((int)mean.Value.Worst);
        line.Put("i,expired="u8);
        line.Put(mean.Expired);
        line.Put("i "u8);
        line.Put(mean.StartMs * 1_000_000);
        line.Put("\n"u8);
        lines.Advance(line.Length);
    }

    // Characters of its names.
    private static int LengthOf(SeriesKey series) => series.Measurand.WireName.Length + series.Channel.Length + series.Device.Length
        + series.Gateway.Length + series.Site.Length + series.Station.Length;

    private static string Escaped(string text)
    {
        var escaped = new StringBuilder();
        foreach (var c in text)
        {
            // Line ends are legal within quotes, but a server's message about the line would then be torn.
            escaped.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' or '\r' => " ",
                _ => c,
            });
        }

        return escaped.ToString();
    }

    private static string EscapedTag(string text)
    {
        var escaped = new StringBuilder();
        foreach (var c in text)
        {
            // A backslash has no escape in a tag and would swallow what follows it; control characters end the line.
            if (c is '\\' or '\n' or '\r' or '\t')
            {
                escaped.Append('_');
                continue;
            }

            if (c is ',' or '=' or ' ')
            {
                escaped.Append('\\');
            }

            escaped.Append(c);
        }

        return escaped.ToString();
    }

    /// <summary>A line that is being written into room that is enough for it.</summary>
    private ref struct Line(Span<byte> room)
    {
        private readonly Span<byte> room = room;

        public int Length { get; private set; }

        private readonly Span<byte> Rest => room[Length..];

        public void Put(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(Rest);
            Length += bytes.Length;
        }

        public void Put(long number)
        {
            number.TryFormat(Rest, out var length, default, CultureInfo.InvariantCulture);
            Length += length;
        }

        // A number that is no number has no form on a line and means missing.
        public void PutField(ReadOnlySpan<byte> field, double? value)
        {
            if (value is { } number && double.IsFinite(number))
            {
                Put(field);
                number.TryFormat(Rest, out var length, "R", CultureInfo.InvariantCulture);
                Length += length;
                Put(","u8);
            }
        }

        public void PutText(string text) =>
            Length += Encoding.UTF8.GetBytes(text.AsSpan().ContainsAny(TextSpecial) ? Escaped(text) : text, Rest);

        // After a text in quotes: closes it, and the line.
        public void End(IBufferWriter<byte> lines, long timeNs)
        {
            Put("\" "u8);
            Put(timeNs);
            Put("\n"u8);
            lines.Advance(Length);
        }

        public void PutTags(SeriesKey series)
        {
            PutSource(series);
            PutPlace(series);
        }

        // Of what stands beside a series: its measurand too, and a tag of its own whose name comes between "m" and "site".
        public void PutTags(SeriesKey series, ReadOnlySpan<byte> own, string text)
        {
            PutSource(series);
            Put(",m="u8);
            PutTag(series.Measurand.WireName);
            PutTagUnlessEmpty(own, text);
            PutPlace(series);
        }

        // A tag without a value is one that a line does not have.
        public void PutTagUnlessEmpty(ReadOnlySpan<byte> tag, string text)
        {
            if (text.Length > 0)
            {
                Put(tag);
                PutTag(text);
            }
        }

        // Names hold nothing of this; escaping keeps that a matter of one place.
        public void PutTag(string text) =>
            Length += Encoding.UTF8.GetBytes(text.AsSpan().ContainsAny(TagSpecial) ? EscapedTag(text) : text, Rest);

        private void PutSource(SeriesKey series)
        {
            Put(",channel="u8);
            PutTag(series.Channel);
            Put(",device="u8);
            PutTag(series.Device);
            Put(",gw="u8);
            PutTag(series.Gateway);
        }

        private void PutPlace(SeriesKey series)
        {
            Put(",site="u8);
            PutTag(series.Site);
            Put(",station="u8);
            PutTag(series.Station);
        }
    }
}
