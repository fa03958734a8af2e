namespace PondSentinel.Gateway.Guiding;

/// <summary>Why a calibration is refused, in Chinese: records have the reasons in English.</summary>
internal static class ReasonsChinese
{
    // As CalibrationFit words them; {0} to {4} stand for what differs.
    private static readonly (string English, string Chinese)[] Table =
    [
        ("{0} standards: a calibration has 1 to {1}", "{0} 个标准点：校准须为 1 至 {1} 个"),
        ("a standard or a reading is no number", "标准值或读数不是数字"),
        ("a standard of {0} is outside {1} to {2}: write its value, not the reading", "标准值 {0} 不在 {1} 至 {2} 之间：请填标准液的值，而不是读数"),
        ("a single standard of 0 sets no factor: take one that holds something", "只有 0 点不能确定系数：请用含量不为 0 的标准液"),
        ("the same standard twice: each counts once", "同一标准液用了两次：每种只能用一次"),
        ("standards at {0} °C: an electrode is calibrated at {1} to {2} °C", "标准液温度 {0} °C：电极须在 {1} 至 {2} °C 校准"),
        ("the standards {0} and {1} are less than {2} apart", "标准值 {0} 与 {1} 相差不足 {2}"),
        ("the standards {0} and {1} are not ten times apart", "标准值 {0} 与 {1} 相差不足十倍"),
        ("one standard of {0} moves it by {1} mV, beyond ±{2} mV: check the bottle, its value and the electrode, or take two standards", "单点 {0} 使电位偏移 {1} mV，超过 ±{2} mV：检查标准液、其数值和电极，或改用两点校准"),
        ("one standard of {0} moves all values by {1} {2}, beyond ±{3} {4}: check the standard and the reading, clean the sensor, or take two standards", "单点 {0} 使读数偏移 {1} {2}，超过 ±{3} {4}：检查标准液和读数，清洗探头，或改用两点校准"),
        ("the readings do not rise or fall with the standards: two were taken for each other, or one was not stable", "读数不随标准值单调变化：两瓶标准液弄混，或有一点未稳定"),
        ("the slope has the wrong sign ({0} %): two standards were taken for each other, or the leads are", "斜率符号相反（{0} %）：两瓶标准液弄混，或电极接线接反"),
        ("slope {0} % is outside {1} to {2} %: check the standards, clean or replace the sensor", "斜率 {0} % 不在 {1} 至 {2} % 之间：检查标准液是否过期或拿错，清洗或更换探头"),
        ("offset {0} {1} is beyond ±{2} {3}: check the standards, clean or replace the sensor", "零点 {0} {1} 超过 ±{2} {3}：检查标准液是否过期或拿错，清洗或更换探头"),
    ];

    private static readonly string[] Places = ["{0}", "{1}", "{2}", "{3}", "{4}"];

    /// <summary>A reason.</summary>
    /// <param name="reason">It, in English.</param>
    /// <returns>The same in Chinese; as it is where nobody has translated it: the word of an instrument.</returns>
    public static string Of(string reason)
    {
        foreach (var (english, chinese) in Table)
        {
            if (Match(english, reason) is { } parts)
            {
                return string.Format(System.Globalization.CultureInfo.InvariantCulture, chinese, [.. parts]);
            }
        }

        return reason;
    }

    // What stands in the places of {0}, {1} and so on; null where the reason is another.
    private static List<string>? Match(string pattern, string text)
    {
        var words = Places.Aggregate(pattern, static (all, place) => all.Replace(place, "\n", StringComparison.Ordinal)).Split('\n');
        if (!text.StartsWith(words[0], StringComparison.Ordinal))
        {
            return null;
        }

        List<string> parts = [];
        var at = words[0].Length;
        foreach (var word in words.Skip(1))
        {
            // The last word ends the text; one before it is the next of its kind.
            var found = word.Length == 0 ? text.Length : text.IndexOf(word, at, StringComparison.Ordinal);
            if (found < 0)
            {
                return null;
            }

            parts.Add(text[at..found]);
            at = found + word.Length;
        }

        return at == text.Length ? parts : null;
    }
}
