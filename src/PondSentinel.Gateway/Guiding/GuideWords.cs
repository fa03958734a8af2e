using System.Globalization;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Diagnosis;
using PondSentinel.Measurements;

namespace PondSentinel.Gateway.Guiding;

/// <summary>The words of a guided calibration, in English and Chinese.</summary>
/// <param name="language">In which language.</param>
internal sealed class GuideWords(Language language)
{
    private bool IsChinese => language == Language.Chinese;

    /// <summary>That the values are marked meanwhile.</summary>
    public string Marked => Say($"Until the end the values of this device are marked as calibration: they raise and end no alarm.", $"校准期间该设备的数据标记为校准，不触发也不解除报警。");

    /// <summary>That nothing will be recorded.</summary>
    public string Dry => Say($"Dry run: nothing is recorded, and no instrument is told anything. The values of this device are marked as calibration all the same: they raise and end no alarm.", $"演练：不保存任何记录，也不写入仪器。期间该设备的数据仍标记为校准，不触发也不解除报警。");

    /// <summary>That nothing was recorded.</summary>
    public string WasDry => Say($"Dry run: nothing was recorded.", $"演练：未保存任何记录。");

    /// <summary>What the keys do at a live chart.</summary>
    public string Keys => Say($"Enter: take, once steady   !: take now   s: skip   q: leave   (then Enter)", $"回车：稳定后采用  !：立即采用  s：跳过  q：退出（均按回车）");

    /// <summary>What the keys do before a standard.</summary>
    public string Ready => Say($"Enter when it stands in it; s skips it, q leaves", $"放好后按回车；s 跳过，q 退出");

    /// <summary>The same where the standard may not be left out.</summary>
    public string ReadyOrLeave => Say($"Enter when it stands in it; q leaves", $"放好后按回车；q 退出");

    /// <summary>That it may not be left out.</summary>
    public string NotOptional => Say($"the recipe of this instrument needs this standard; q leaves", $"该仪器的校准步骤不能跳过此标准液；q 退出");

    /// <summary>Asks for the temperature.</summary>
    public string Temperature => Say($"Temperature of the standard in °C [25]: ", $"标准液温度 °C [25]：");

    /// <summary>What a temperature has to be.</summary>
    public string NoTemperature(double min, double max) => Say($"write a number from {min} to {max}", $"请输入 {min} 至 {max} 之间的数字");

    /// <summary>That it is too early.</summary>
    public string TooEarly => Say($"not steady yet: wait, or ! takes it as it is", $"尚未稳定：请等待，或输入 ! 强制采用");

    /// <summary>That there is nothing to take.</summary>
    public string NoReading => Say($"there is no reading to take", $"没有可采用的读数");

    /// <summary>That something was typed that means nothing.</summary>
    public string NotUnderstood => Say($"not understood", $"无法识别的输入");

    /// <summary>That the reading can be taken.</summary>
    public string Steady => Say($"STEADY: Enter takes it", $"已稳定：按回车采用");

    /// <summary>That the probe gives no number.</summary>
    public string NoValue => Say($"the probe gives no number", $"探头没有数值");

    /// <summary>That nothing is different from before.</summary>
    public string NothingChanged => Say($"Left: nothing was recorded, nothing is changed.", $"已退出：未保存，未作任何更改。");

    /// <summary>Asks where the probe is.</summary>
    public string InWater => Say($"Is the probe back in the water? y: yes   n: not yet   (then Enter)", $"探头已放回水中吗？y：是  n：还没有（均按回车）");

    /// <summary>That the values count again.</summary>
    public string Measures => Say($"The values count again.", $"数据恢复有效。");

    /// <summary>Asks whether a record is wanted.</summary>
    public string KeepIt => Say($"Enter records it; q leaves without", $"回车保存记录；q 不保存退出");

    /// <summary>Asks whether to go on with what was taken.</summary>
    public string GoOn => Say($"Enter goes on with them; n begins anew; q leaves", $"回车继续；n 重新开始；q 退出");

    /// <summary>That the guide was told to stop.</summary>
    public string BrokenOff => Say(
        $"Broken off. What was taken is kept for 1 h: start again to go on. The values stay marked for 15 to 30 min.",
        $"已中断。已采的点保留 1 小时：重新运行即可继续。数据标记再保持 15 至 30 分钟。");

    /// <summary>What is calibrated.</summary>
    public string Title(string channel, Measurand measurand) => Say($"{channel}: {measurand.Label}, {measurand.Unit}", $"{channel}：{ChineseOf(measurand)}，{measurand.Unit}");

    /// <summary>That there is no calibration.</summary>
    public string Never => Say($"never calibrated", $"从未校准");

    /// <summary>That nobody knows what is in force.</summary>
    public string Doubted => Say($"its calibration is in doubt: the last one was broken off or refused, or cannot be read", $"当前校准存疑：上次校准中断、未通过或无法读取");

    /// <summary>The calibration in force.</summary>
    public string Last(CalibrationRecord record, long nowMs)
    {
        var day = DateTimeOffset.FromUnixTimeMilliseconds(record.TimeMs).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var days = Math.Max(0, (nowMs - record.TimeMs) / 86_400_000);
        var slope = record.SlopePercent.Count == 0 ? "" : Say($", slope {Slopes(record)}", $"，斜率 {Slopes(record)}");
        var offset = record.Offset is { } zero ? Say($", offset {zero:0.##}", $"，零点 {zero:0.##}") : "";
        return Say($"last calibration {day}, {days} days ago, by {record.By}{slope}{offset}", $"上次校准 {day}，{days} 天前，{record.By}{slope}{offset}");
    }

    /// <summary>Which standards there will be.</summary>
    public string Standards(IEnumerable<string> standards) => Say($"standards: {string.Join(", ", standards)}", $"标准液：{string.Join("、", standards)}");

    /// <summary>How a standard's value is known.</summary>
    public string ByTemperature(Measurand measurand) => measurand == Measurand.Ph
        ? Say($"4.00, 6.86, 9.18 and 10.01 are taken at their temperature (IUPAC 2002); of others the bottle counts", $"4.00、6.86、9.18、10.01 按温度取值（IUPAC 2002）；其他缓冲液以瓶签为准")
        : Say($"take them at about 25 °C: what the bottle says counts", $"请在约 25 °C 使用：以瓶签为准");

    /// <summary>A standard.</summary>
    public static string Standard(Measurand measurand, double value) => measurand == Measurand.Ph
        ? string.Create(CultureInfo.InvariantCulture, $"pH {value:0.00#}")
        : string.Create(CultureInfo.InvariantCulture, $"{value:0.###} {measurand.Unit}");

    /// <summary>What was taken before the link broke.</summary>
    public string TakenBefore(string who, TimeSpan ago, IEnumerable<string> standards) => Say(
        $"{who} was here {ago.TotalMinutes:0} min ago and had taken: {string.Join(", ", standards)}",
        $"{who} 在 {ago.TotalMinutes:0} 分钟前已采用：{string.Join("、", standards)}");

    /// <summary>Which standard comes.</summary>
    public string Put(int number, int count, string standard) => Say(
        $"{number} of {count}: rinse the probe, dry it, and put it into {standard}.", $"第 {number}/{count} 点：冲洗探头并吸干，放入 {standard}。");

    /// <summary>What a standard has at its temperature.</summary>
    public string At(string standard, double celsius, string value) => Say($"{standard} at {celsius:0.0} °C: {value}", $"{standard}，{celsius:0.0} °C：{value}");

    /// <summary>How long the probe has been there, and what it shows.</summary>
    public string Shows(string raw, string unit, double celsius, TimeSpan since) => Say(
        $"shows {raw} {unit}   {celsius:0.0} °C   {(int)since.TotalMinutes}:{since.Seconds:00}", $"读数 {raw} {unit}   {celsius:0.0} °C   {(int)since.TotalMinutes}:{since.Seconds:00}");

    /// <summary>Why a reading is not steady yet.</summary>
    public string Unsteady(Stability judged, StabilityLimits limits, string unit, TimeSpan window)
    {
        var (slope, spread) = (Text(judged.SlopePerMinute), Text(judged.Spread));
        return Say(
            $"not steady yet: {slope} {unit}/min (at most {limits.SlopePerMinute:0.###}), scatter {spread} (at most {limits.Spread:0.###}), over {judged.Span.TotalSeconds:0} of {window.TotalSeconds:0} s",
            $"未稳定：{slope} {unit}/分钟（限 {limits.SlopePerMinute:0.###}），波动 {spread}（限 {limits.Spread:0.###}），{judged.Span.TotalSeconds:0}/{window.TotalSeconds:0} 秒");
    }

    /// <summary>That the probe seems to stand in another bottle.</summary>
    public string Mistaken(string shown, string meant, string other) => Say(
        $"WRONG BOTTLE? it shows {shown}, nearer to {other} than to {meant}", $"拿错标准液？显示 {shown}，更接近 {other} 而不是 {meant}");

    /// <summary>What was taken.</summary>
    public string Taken(string standard, string raw, string unit, bool isForced) => Say(
        $"taken: {standard} = {raw} {unit}{(isForced ? ", before it was steady (noted)" : "")}", $"已采用：{standard} = {raw} {unit}{(isForced ? "，未稳定强制采用（已注明）" : "")}");

    /// <summary>That the gateway waits for an instrument.</summary>
    public string Telling(string standard, TimeSpan soak) => Say(
        $"{standard}: the gateway waits {soak.TotalSeconds:0} s and until it is steady, then tells the instrument; leave it standing",
        $"{standard}：网关等待 {soak.TotalSeconds:0} 秒并待读数稳定后写入仪器；请勿移动探头");

    /// <summary>That an instrument was told.</summary>
    public string Told(string standard) => Say($"told: {standard}", $"已写入：{standard}");

    /// <summary>What became of it.</summary>
    public string Verdict(CalibrationRecord record) => record.IsAccepted ? Say($"ACCEPTED", $"通过") : Say($"REFUSED", $"未通过");

    /// <summary>The slopes, and their limits.</summary>
    public string SlopeIs(CalibrationRecord record, CalibrationLimits limits) =>
        Say($"slope {Slopes(record)} (from {limits.SlopePercent.Low} to {limits.SlopePercent.High} %)", $"斜率 {Slopes(record)}（{limits.SlopePercent.Low} 至 {limits.SlopePercent.High} %）");

    /// <summary>The offset, and its limit.</summary>
    public string OffsetIs(double offset, double? most) => most is { } limit
        ? Say($"offset {offset:0.##} (at most {limit} either way)", $"零点 {offset:0.##}（限 ±{limit}）")
        : Say($"offset {offset:0.##}", $"零点 {offset:0.##}");

    /// <summary>At which temperature it was done.</summary>
    public string CelsiusIs(double celsius) => Say($"temperature of the standards {celsius:0.0} °C", $"标准液温度 {celsius:0.0} °C");

    /// <summary>A reason.</summary>
    public string Reason(string reason) => IsChinese ? ReasonsChinese.Of(reason) : reason;

    /// <summary>That it is recorded.</summary>
    public string Recorded(CalibrationRecord record) => record.IsAccepted
        ? Say($"recorded as {record.Id}; it is in force", $"已保存为 {record.Id}，立即生效")
        : Say($"recorded as {record.Id}, refused: what was in force before stays", $"已保存为 {record.Id}（未通过）：沿用原校准");

    /// <summary>That the values stay marked, where nobody knows how long.</summary>
    public string StayMarkedSomeTime => Say($"The values stay marked for 30 min at most, where nobody else works at the device.", $"如无他人维护该设备，数据标记最多再保持 30 分钟。");

    /// <summary>That the values stay marked.</summary>
    public string StayMarked(TimeSpan left) => Say($"The values stay marked for {left.TotalMinutes:0} min.", $"数据标记再保持 {left.TotalMinutes:0} 分钟。");

    /// <summary>That the recipe of an instrument names its standards.</summary>
    public string RecipeNames(IEnumerable<string> standards) => Say(
        $"this instrument holds its calibration, and its recipe names the standards: {string.Join(", ", standards)}; leave out --standards and --points, or add --dry-run to only check it",
        $"该仪器自身保存校准，标准液由其步骤规定：{string.Join("、", standards)}；请去掉 --standards 和 --points，或加 --dry-run 仅检查");

    // An instrument of its own; the unit is the same in both languages.
    private static string ChineseOf(Measurand measurand) => measurand switch
    {
        Measurand.Ph => "pH 值",
        Measurand.AmmoniumNitrogen or Measurand.AmmoniumIon or Measurand.TotalAmmoniaNitrogen => "氨氮",
        Measurand.TurbidityNtu or Measurand.TurbidityFnu => "浊度",
        Measurand.Conductivity or Measurand.SpecificConductance => "电导率",
        Measurand.WaterTemperature => "水温",
        Measurand.Potassium => "钾",
        Measurand.DissolvedOxygen => "溶解氧",
        _ => measurand.Label,
    };

    private static string Slopes(CalibrationRecord record) =>
        string.Join(" / ", record.SlopePercent.Select(slope => string.Create(CultureInfo.InvariantCulture, $"{slope:0.#} %")));

    private static string Text(double value) => value.ToString("+0.###;-0.###;0", CultureInfo.InvariantCulture);

    private string Say(FormattableString english, FormattableString chinese) => FormattableString.Invariant(IsChinese ? chinese : english);
}
